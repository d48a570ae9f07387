import type { PoolUsage } from './pool.ts';
import type { Census } from './census/census.ts';
import { SCTP_CENSUS } from './census/sctp-reader.ts';
import { TCP_CENSUS } from './census/tcp-reader.ts';
import { UDP_CENSUS } from './census/udp-reader.ts';

/** The alerts that look at a pool; the keys of `alerts` in the configuration. */
export type PoolAlert =
  | 'EphemeralPortsExhaustion'
  | 'EphemeralPortsSlowConnect'
  | 'EphemeralPortsForecast'
  | 'EphemeralPortsUdpExhaustion'
  | 'EphemeralPortsBindExhaustion';

/** What the table tells of a pool that a namespace shares. */
type AvailablePool = Pick<PoolUsage, 'family' | 'localAddress' | 'capacity' | 'available'>;

/** Everything in which one kind of pools differs from the others. */
export interface PoolKindEntry {
  /** Its name: the value of the label `pool`. */
  readonly kind: string;
  /** The value of the label `protocol`. */
  readonly protocol: string;
  /** What counts its sockets; several kinds may come out of one census. */
  readonly census: Census;
  /** Whether all sockets of a namespace, or of a family there, share one pool; else there is one per endpoint. */
  readonly isShared: boolean;
  /** Whether its pools may have series of their own; those of the others are counted and judged only. */
  readonly isExported: boolean;
  /** Whether the namespace families (capacity, blocked, endpoints …) of its protocol speak of it. */
  readonly speaksForProtocol: boolean;
  /** Whether any socket that names no port takes one from it: it is in `autobind_available`. */
  readonly isAutobind: boolean;
  /** Whether ports that a `bind()` owns are held too, those too whose sockets are idle and counted nowhere. */
  readonly countsBlockedPorts: boolean;
  /** The ports that a pool is ranked by, as a share of its capacity. */
  readonly rankedBy: 'taken' | 'held';
  readonly alerts: readonly PoolAlert[];
  /** Names one of its pools in a sentence. */
  readonly nameOf: (pool: PoolUsage) => string;
  /** What fails when nothing is left, and how: `connect() fails with EADDRNOTAVAIL`. */
  readonly failure: string;
  /** What an exhaustion alert of its own says, before the numbers. */
  readonly shortage?: string;
  /** What to do when it runs out. */
  readonly remedyOf: (usage: PoolUsage) => string;
  /** The line of the table about one of its pools; a kind without one has rows there. */
  readonly availabilityOf?: (pool: AvailablePool) => string;
}

/** `10.0.0.2:5432` or `[fd00::2]:5432`. */
export function remoteOf({ family, remoteAddress, remotePort }: PoolUsage): string {
  return family === 'ipv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

/** The remedy for an endpoint, by the state that most of its held ports are in. */
const STATE_REMEDIES: Readonly<Record<keyof PoolUsage['states'], string>> = {
  established:
    'Many connections are open at once: look for a leak, or bound the connection pool. More remote addresses or ports give more budgets.',
  synSent:
    'The remote end does not answer: lower the connect timeout and stop retrying in parallel.',
  timeWait:
    'Connections are opened and closed too fast: reuse them (keep-alive, a connection pool). On the host, sysctl net.ipv4.tcp_tw_reuse=1 lets connect() take over TIME_WAIT ports.',
  closeWait:
    'The remote end has closed and the program has not: it leaks sockets. Restarting it frees the ports.',
  other: 'Many connections are half closed: the remote end does not finish the close.',
};

function connectRemedy({ held, states }: PoolUsage): string {
  if (held === 0) return 'Reserved and blocked ports leave no capacity: widen the range.';
  const names = Object.keys(STATE_REMEDIES) as (keyof PoolUsage['states'])[];
  const [most = 'established'] = names.toSorted((a, b) => states[b] - states[a]);
  return STATE_REMEDIES[most];
}

function portsOf({ available, capacity }: AvailablePool): string {
  return `${available} of ${capacity} ports available`;
}

/**
 * The kinds of pools: the one place that tells them apart. Census, history, alerts, selection, snapshot,
 * metrics, table and sentences loop over it.
 */
export const POOL_KINDS: readonly PoolKindEntry[] = [
  {
    kind: 'connect',
    protocol: 'tcp',
    census: TCP_CENSUS,
    isShared: false,
    isExported: true,
    speaksForProtocol: true,
    isAutobind: false,
    countsBlockedPorts: false,
    rankedBy: 'taken',
    alerts: ['EphemeralPortsExhaustion', 'EphemeralPortsSlowConnect', 'EphemeralPortsForecast'],
    nameOf: (pool) => `${pool.localAddress} → ${remoteOf(pool)}`,
    failure: 'connect() fails with EADDRNOTAVAIL',
    remedyOf: connectRemedy,
  },
  {
    kind: 'udp',
    protocol: 'udp',
    census: UDP_CENSUS,
    isShared: true,
    isExported: true,
    speaksForProtocol: true,
    isAutobind: true,
    countsBlockedPorts: false,
    // The IPv6 pool's available ports shrink with every IPv4 socket too: each ranks by its own share.
    rankedBy: 'held',
    alerts: ['EphemeralPortsUdpExhaustion'],
    nameOf: (pool) => `UDP ${pool.localAddress}`,
    failure: 'connect() fails with EAGAIN',
    shortage: 'UDP sockets run out of ports',
    remedyOf: () =>
      'Look for a resolver or a client that opens a socket for each request; share sockets, or widen the range.',
    availabilityOf: (pool) => `UDP ${pool.family}: ${portsOf(pool)} to an unbound socket.`,
  },
  {
    kind: 'bind',
    protocol: 'tcp',
    census: TCP_CENSUS,
    isShared: true,
    isExported: false,
    speaksForProtocol: false,
    isAutobind: true,
    countsBlockedPorts: true,
    rankedBy: 'taken',
    alerts: ['EphemeralPortsBindExhaustion'],
    nameOf: (pool) => `bind(0) on ${pool.localAddress}`,
    failure: 'bind() fails with EADDRINUSE',
    shortage: 'bind(0) runs out of ports',
    remedyOf: () =>
      'Programs that bind before they connect should use IP_BIND_ADDRESS_NO_PORT; or widen the range.',
    availabilityOf: (pool) => `TCP bind(0) on ${pool.localAddress}: ${portsOf(pool)}.`,
  },
  {
    kind: 'sctp',
    protocol: 'sctp',
    census: SCTP_CENSUS,
    isShared: true,
    isExported: true,
    speaksForProtocol: true,
    isAutobind: false,
    countsBlockedPorts: false,
    rankedBy: 'taken',
    alerts: ['EphemeralPortsExhaustion', 'EphemeralPortsForecast'],
    nameOf: () => 'SCTP',
    // `sctp_connect_new_asoc` in net/sctp/socket.c has an error of its own.
    failure: 'connect() fails with EAGAIN',
    remedyOf: () =>
      'Every SCTP socket that names no port takes one for itself: share a one-to-many socket, bind ports outside the range, or widen it.',
    availabilityOf: (pool) => `SCTP: ${portsOf(pool)}.`,
  },
];

/** The entry of `kind`. Throws `RangeError` where the table has none. */
export function kindOf(kind: string): PoolKindEntry {
  const entry = POOL_KINDS.find((each) => each.kind === kind);
  if (entry === undefined) throw new RangeError(`no kind of pools is called "${kind}"`);
  return entry;
}

/** What pools are ranked by, before `held`: the share of the capacity that is taken, or held. */
export function rankRatio(
  usage: Pick<PoolUsage, 'kind' | 'capacity' | 'available' | 'held'>,
): number {
  if (usage.capacity === 0) return 1;
  const byHeld = kindOf(usage.kind).rankedBy === 'held';
  return (byHeld ? usage.held : usage.capacity - usage.available) / usage.capacity;
}
