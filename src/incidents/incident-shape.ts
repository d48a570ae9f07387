import { type Fields, matches, type Shape } from '../answers/json-shape.ts';
import type { Incident } from './incident.ts';

const POOL: Fields = {
  pool: 'text',
  protocol: 'text',
  local_address: 'text',
  remote_address: 'text',
  remote_port: 'number',
};

const SAMPLE: Fields = {
  at_seconds: 'number',
  held: 'number',
  established: 'number',
  syn_sent: 'number',
  time_wait: 'number',
  close_wait: 'number',
};

const FIGURES: Fields = {
  ...SAMPLE,
  capacity: 'number',
  available: 'number',
  owners: [{ owner_kind: 'text', owner: 'text', ports: 'number' }],
};

const INCIDENT: Fields & Readonly<Record<keyof Incident, Shape>> = {
  id: 'text',
  began_at_seconds: 'number',
  ended_at_seconds: 'number or null',
  end_reason: 'text',
  times: 'number',
  key: 'text',
  alerts: ['text'],
  namespace: {
    netns: 'text',
    ns_inode: 'text',
    pod_namespace: 'text',
    pod_name: 'text',
    name: 'text',
    container_id: 'text',
    range_low: 'number or null',
    range_high: 'number or null',
    range_assumed: 'flag',
  },
  pool: POOL,
  cause: 'text',
  evidence: 'text',
  remedies: [{ text: 'text', command: 'text or absent', manifest: 'text or absent' }],
  also_in_trouble: [POOL],
  first: FIGURES,
  worst: FIGURES,
  latest: FIGURES,
  samples: [SAMPLE],
};

/** The incidents of a list that is read from a file; undefined where it is none. */
export function asIncidents(value: unknown): readonly Incident[] | undefined {
  return matches(value, [INCIDENT]) ? (value as readonly Incident[]) : undefined;
}
