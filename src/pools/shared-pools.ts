import type { PoolFamily, PoolKind, PoolUsage, Protocol } from './pool.ts';

interface NamespacePool {
  readonly namespaceId: number;
  readonly kind: PoolKind;
  readonly protocol: Protocol;
  readonly family: PoolFamily;
}

interface NamespacePoolPorts {
  readonly capacity: number;
  /** Ports that sockets of the family itself hold. */
  readonly held: number;
  /** Ports of the capacity that a socket of the family cannot get. */
  readonly taken: number;
  /** Those of the held ports whose socket has a destination. */
  readonly established: number;
}

/** The local address that stands for a whole family. */
const WILDCARDS: Readonly<Record<PoolFamily, string>> = { ipv4: '0.0.0.0', ipv6: '::', any: '' };

/** The usage of a pool that a whole namespace shares. */
export function namespacePool(pool: NamespacePool, ports: NamespacePoolPorts): PoolUsage {
  const { capacity, held, taken, established } = ports;
  return {
    ...pool,
    localAddress: WILDCARDS[pool.family],
    remoteAddress: '',
    remotePort: 0,
    capacity,
    held,
    states: { established, synSent: 0, timeWait: 0, closeWait: 0, other: held - established },
    reusable: 0,
    available: capacity - taken,
    returning: [],
  };
}
