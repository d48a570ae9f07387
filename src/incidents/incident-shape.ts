import type { Incident } from './incident.ts';

/**
 * What a value must look like: the type of a text or number, with `?` where it may be null or absent; a list of one shape; or an
 * object with these fields and perhaps others.
 */
type Shape = 'text' | 'number' | 'number?' | 'text?' | 'flag' | readonly [Shape] | Fields;

interface Fields {
  readonly [name: string]: Shape;
}

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
  ended_at_seconds: 'number?',
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
    range_low: 'number?',
    range_high: 'number?',
    range_assumed: 'flag',
  },
  pool: POOL,
  cause: 'text',
  evidence: 'text',
  remedies: [{ text: 'text', command: 'text?', manifest: 'text?' }],
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

function matches(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') return isOfType(value, shape);
  if (isList(shape)) return Array.isArray(value) && value.every((each) => matches(each, shape[0]));
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([name, inner]) => matches(fields[name], inner));
}

function isList(shape: readonly [Shape] | Fields): shape is readonly [Shape] {
  return Array.isArray(shape);
}

function isOfType(value: unknown, type: Extract<Shape, string>): boolean {
  switch (type) {
    case 'text':
      return typeof value === 'string';
    case 'number':
      return Number.isFinite(value);
    case 'flag':
      return typeof value === 'boolean';
    case 'text?':
      return value === undefined || typeof value === 'string';
    case 'number?':
      return value === null || value === undefined || Number.isFinite(value);
  }
}
