import { findHazards } from '../pools/hazards.ts';
import { byRank, type Pool, type PoolUsage, usageRatio } from '../pools/pool.ts';
import type { PortSet } from '../pools/port-set.ts';
import type { NamespaceSnapshot, TcpSnapshot, UdpSnapshot } from '../snapshot.ts';
import type { NamespaceReading } from './namespace.ts';
import type { NamespacePools } from './namespace-pools.ts';

/** Writes one namespace of the snapshot; `exported` are the pools that get series of their own. */
export function describeNamespace(
  reading: NamespaceReading,
  pools: NamespacePools,
  exported: readonly Pool[],
): NamespaceSnapshot {
  const { identity, settings, families, tcp, sockets, timeWaitOverflows } = reading;
  const usages = pools.usagesOf(exported).toSorted(byRank);
  return {
    identity,
    settings,
    families,
    rangeSize: tcp.budget.rangeSize,
    reserved: tcp.budget.reserved,
    tcp: describeTcp(reading, pools, usages),
    udp: describeUdp(pools, usages),
    hazards: findHazards(tcp),
    sockets,
    timeWaitOverflows,
  };
}

function describeTcp(
  { tcp }: NamespaceReading,
  { connect, fullest, bind }: NamespacePools,
  exported: readonly PoolUsage[],
): TcpSnapshot {
  const { usable } = tcp.budget;
  const inRange = (ports: PortSet): TcpSnapshot['blockedPorts'] =>
    ports.intersection(usable).toRanges();
  return {
    capacity: connect.capacity,
    blocked: connect.blocked.size,
    worstUsageRatio: connect.worstUsageRatio,
    endpoints: connect.size,
    held: connect.held,
    exported: exported.filter((usage) => usage.protocol === 'tcp'),
    fullest,
    bind,
    inboundRows: tcp.inboundRows,
    listeningPorts: inRange(tcp.listening),
    blockedPorts: connect.blocked.toRanges(),
    occupiedPorts: inRange(tcp.occupied),
  };
}

function describeUdp({ udp }: NamespacePools, exported: readonly PoolUsage[]): UdpSnapshot {
  return {
    capacity: Math.max(0, ...udp.map((pool) => pool.capacity)),
    worstUsageRatio: Math.max(0, ...udp.map(usageRatio)),
    pools: udp,
    exported: exported.filter((usage) => usage.protocol === 'udp'),
  };
}
