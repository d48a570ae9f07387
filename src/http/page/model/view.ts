import type { Overview } from '../../../answers/overview/overview.ts';

/** The questions that the page answers, in the order of their tabs. */
export const VIEWS = ['risk', 'endpoints', 'namespaces', 'ports', 'shared'] as const;

export type View = (typeof VIEWS)[number];

export const VIEW_TITLES: Readonly<Record<View, string>> = {
  risk: 'At risk',
  endpoints: 'All endpoints',
  namespaces: 'Namespaces',
  ports: 'Ports',
  shared: 'UDP and bind',
};

export function sizeOf(view: View, overview: Overview): number {
  if (view === 'risk') return overview.risks.length;
  if (view === 'endpoints') return overview.endpoints.length + overview.omitted_endpoints;
  return overview[view].length;
}
