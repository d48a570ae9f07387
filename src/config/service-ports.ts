import { isIP } from 'node:net';
import * as v from 'valibot';
import { bitsOf } from './address-bits.ts';

/** The ports of a service that must be able to listen; an item of `service_ports` in the configuration. */
export interface ServicePorts {
  readonly low: number;
  /** Included. */
  readonly high: number;
  /** The local address that it binds, canonical; empty: all, by a wildcard. */
  readonly address: string;
  /** The pod namespace of the pods in which it runs; empty: in the host's network namespace. */
  readonly podNamespace: string;
}

const PORTS = 'a port or a range, such as 8080 or 30000-30100';
const ITEM = `expected ${PORTS}, or {port, address, pod_namespace}`;

const ports = v.pipe(
  v.union([v.number(), v.string()], `expected ${PORTS}`),
  v.check((text) => rangeOf(text) !== undefined, `expected ${PORTS}`),
  v.transform((text) => rangeOf(text) ?? { low: 0, high: 0 }),
);

const address = v.pipe(
  v.string('expected text'),
  v.check((text) => isIP(text) !== 0 && !text.includes('%'), 'expected an IP address'),
  v.transform(canonical),
);

/** One item: a port, a range, or a mapping that says more. */
const servicePort = v.pipe(
  v.union([v.number(), v.string(), v.looseObject({})], ITEM),
  v.transform((item) => (typeof item === 'object' ? item : { port: item })),
  v.strictObject({
    port: ports,
    address: v.optional(address),
    pod_namespace: v.optional(v.pipe(v.string('expected text'), v.nonEmpty('expected a name'))),
  }),
  v.transform(({ port, address: local = '', pod_namespace: podNamespace = '' }): ServicePorts => {
    return { ...port, address: local, podNamespace };
  }),
);

/** Chosen: far more than a file that was written by hand has; each may be a range. */
const MAX_ITEMS = 1000;

export const servicePorts = v.pipe(
  v.array(servicePort, 'expected a list of ports'),
  v.maxLength(MAX_ITEMS, `expected at most ${MAX_ITEMS} items`),
);

/** Undefined where the text is neither a port nor a range of ports. */
function rangeOf(text: string | number): Pick<ServicePorts, 'low' | 'high'> | undefined {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(text)) ?? [];
  const [low, high] = [Number(first), Number(last)];
  return low >= 1 && low <= high && high <= 65_535 ? { low, high } : undefined;
}

/** The text of RFC 5952; a v4-mapped address as IPv4, whose port its socket binds. */
function canonical(text: string): string {
  if (!text.includes(':')) return text;
  const bits = bitsOf(text);
  if (bits >> 32n !== 0xffffn) return new URL(`http://[${text}]`).hostname.slice(1, -1);
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
}
