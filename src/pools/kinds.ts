import { SCTP_CENSUS } from './census/sctp-reader.ts';
import { TCP_CENSUS } from './census/tcp-reader.ts';
import { UDP_CENSUS } from './census/udp-reader.ts';
import { remoteOf } from './endpoint-words.ts';
import { isWildcard, type PoolUsage } from './pool.ts';
import type { AvailablePool, PoolKindEntry } from './pool-kind.ts';

function portsOf({ available, capacity }: AvailablePool): string {
  return `${available} of ${capacity} ports available`;
}

/**
 * The kinds of pools: the one place where they differ. Census, history, alerts, selection, snapshot, metrics,
 * text table and sentences loop over it, in this order.
 */
export const POOL_KINDS: readonly PoolKindEntry[] = [
  {
    kind: 'connect',
    protocol: 'tcp',
    census: TCP_CENSUS,
    isShared: false,
    isExported: () => true,
    feedsProtocolFamilies: true,
    countsOpens: true,
    isAutobind: false,
    countsBlockedPorts: false,
    rankedBy: 'taken',
    alerts: [
      'EphemeralPortsExhaustion',
      'EphemeralPortsSlowConnect',
      'EphemeralPortsForecast',
      'EphemeralPortsConnectFailing',
    ],
    nameOf: (pool) => `${pool.localAddress} → ${remoteOf(pool)}`,
    failure: 'connect() fails with EADDRNOTAVAIL',
  },
  {
    kind: 'udp',
    protocol: 'udp',
    census: UDP_CENSUS,
    isShared: true,
    isExported: () => true,
    feedsProtocolFamilies: true,
    countsOpens: false,
    isAutobind: true,
    countsBlockedPorts: false,
    // IPv4 sockets take from the IPv6 pool too (`udp_lib_get_port` in net/ipv4/udp.c). Ranked by what is taken,
    // the IPv6 pool would be exported whenever the IPv4 pool is.
    rankedBy: 'held',
    alerts: ['EphemeralPortsUdpExhaustion'],
    nameOf: (pool) => `UDP ${pool.localAddress}`,
    failure: 'connect() fails with EAGAIN',
    shortage: 'UDP sockets run out of ports',
    remedy:
      'Look for a resolver or a client that opens a socket for each request; share sockets, or widen the range.',
    availabilityOf: (pool) => `UDP ${pool.family}: ${portsOf(pool)} to an unbound socket.`,
  },
  {
    kind: 'bind',
    protocol: 'tcp',
    census: TCP_CENSUS,
    isShared: true,
    isExported: (pool) => !isWildcard(pool),
    feedsProtocolFamilies: false,
    countsOpens: false,
    isAutobind: true,
    countsBlockedPorts: true,
    rankedBy: 'taken',
    alerts: ['EphemeralPortsBindExhaustion', 'EphemeralPortsForecast', 'EphemeralPortsBindFailing'],
    // Nobody is known to bind the wildcards, unless a bind() failed there: else it is worth a hint, and no more.
    isAlerted: ({ alert, severity }, pool) =>
      alert === 'EphemeralPortsBindFailing' ||
      (isWildcard(pool)
        ? alert === 'EphemeralPortsBindExhaustion' && severity === 'info'
        : severity !== 'info'),
    nameOf: (pool) => `bind(0) on ${pool.localAddress}`,
    failure: 'bind() fails with EADDRINUSE',
    shortage: 'bind() without a port fails with EADDRINUSE when none is left',
    availabilityOf: (pool) => `TCP bind(0) on ${pool.localAddress}: ${portsOf(pool)}.`,
  },
  {
    kind: 'range',
    protocol: 'tcp',
    census: TCP_CENSUS,
    isShared: true,
    isExported: () => true,
    feedsProtocolFamilies: false,
    countsOpens: false,
    isAutobind: false,
    countsBlockedPorts: true,
    rankedBy: 'taken',
    alerts: ['EphemeralPortsRangeBlocked', 'EphemeralPortsForecast'],
    nameOf: () => 'the range, towards any destination',
    failure: 'connect() fails with EADDRNOTAVAIL, whatever its destination',
    shortage:
      'listeners and binds own its ports; when they own all, connect() fails with EADDRNOTAVAIL',
  },
  {
    kind: 'sctp',
    protocol: 'sctp',
    census: SCTP_CENSUS,
    isShared: true,
    isExported: () => true,
    feedsProtocolFamilies: true,
    countsOpens: false,
    isAutobind: false,
    countsBlockedPorts: false,
    rankedBy: 'taken',
    alerts: ['EphemeralPortsExhaustion', 'EphemeralPortsForecast'],
    nameOf: () => 'SCTP',
    // `sctp_connect_new_asoc` in net/sctp/socket.c returns EAGAIN where TCP returns EADDRNOTAVAIL.
    failure: 'connect() fails with EAGAIN',
    remedy:
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

/**
 * The usage by which pools are ranked and compared with `endpoints.min_ratio`: the share of the capacity that is
 * taken, or held, as `rankedBy` says; 1 where there is no capacity.
 */
export function rankRatio(
  usage: Pick<PoolUsage, 'kind' | 'capacity' | 'available' | 'held'>,
): number {
  if (usage.capacity === 0) return 1;
  const byHeld = kindOf(usage.kind).rankedBy === 'held';
  return (byHeld ? usage.held : usage.capacity - usage.available) / usage.capacity;
}
