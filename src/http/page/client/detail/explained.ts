import { addressAndPort } from '../../../../kernel/address-text.ts';
import type { HeldSample } from '../../../../answers/held-sample.ts';
import type { PoolRow } from '../../../../answers/overview/overview.ts';

/** What the detail of an endpoint shows of an entry of `GET /api/v1/explain`. */
export interface Explained {
  readonly local_address: string;
  readonly sentence: string;
  readonly calculation: Readonly<Record<string, number | null>>;
  readonly proofs: Readonly<Record<string, string | null>>;
  readonly owners: readonly {
    readonly owner_kind: string;
    readonly owner: string;
    readonly ports: number;
  }[];
  readonly returning: readonly { readonly within_seconds: number; readonly ports: number }[];
  readonly history: { readonly samples: readonly HeldSample[] } | null;
}

/** Where the pool is explained; undefined for one without a remote end. */
export function explainUrl(prefix: string, row: PoolRow | undefined): string | undefined {
  if (row?.pool !== 'connect') return undefined;
  const { remote_address: address, remote_port: port, local_address: from, netns } = row;
  const to = addressAndPort(address, port);
  const query = new URLSearchParams({ to, from, ...(netns !== '' && { netns }) });
  return `${prefix}/api/v1/explain?${query.toString()}`;
}

/** The entry for the pool, of an answer. */
export function explainedIn(answer: unknown, row: PoolRow | undefined): Explained | undefined {
  const { endpoints } = answer as { readonly endpoints: readonly Explained[] };
  return endpoints.find((each) => each.local_address === row?.local_address) ?? endpoints[0];
}
