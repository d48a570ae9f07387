import type { JudgedPool, Judgement } from '../alerts/judge.ts';
import type { RiskLevel, Rule } from '../alerts/rules.ts';
import type { Selection } from '../alerts/shortlist.ts';
import { findHazards } from '../pools/hazards.ts';
import { usageRatio } from '../pools/pool.ts';
import type { PortSet } from '../pools/port-set.ts';
import type {
  AlertsSnapshot,
  NamespaceSnapshot,
  PoolSnapshot,
  TcpSnapshot,
  UdpSnapshot,
} from '../snapshot.ts';
import type { NamespaceReading } from './namespace.ts';
import type { NamespacePools } from './namespace-pools.ts';

/** Endpoints that a snapshot names one by one, fullest first; the others are only counted. */
const NAMED_ENDPOINTS = 1000;

/** Writes one namespace of the snapshot; the exported pools get series of their own. */
export function describeNamespace(
  reading: NamespaceReading,
  pools: NamespacePools,
  judgement: Judgement,
  selection: Selection,
): NamespaceSnapshot {
  const { identity, settings, families, tcp, sockets, timeWaitOverflows } = reading;
  return {
    identity,
    settings,
    families,
    rangeSize: tcp.budget.rangeSize,
    reserved: tcp.budget.reserved,
    riskLevel: highestRisk(judgement.pools),
    tcp: describeTcp(reading, pools, judgement, selection),
    udp: describeUdp(pools, selection),
    hazards: findHazards(tcp),
    sockets,
    timeWaitOverflows,
  };
}

function describeTcp(
  { tcp }: NamespaceReading,
  { connect, fullest, bind }: NamespacePools,
  judgement: Judgement,
  { exported, omittedAtRisk }: Selection,
): TcpSnapshot {
  const { usable } = tcp.budget;
  const inRange = (ports: PortSet): Uint32Array => ports.intersection(usable).words;
  return {
    capacity: connect.capacity,
    blocked: connect.blocked.size,
    worstUsageRatio: connect.worstUsageRatio,
    endpoints: connect.size + judgement.pools.filter(isIdleEndpoint).length,
    held: connect.held,
    exported: exported.filter(isConnect).map(describePool),
    omittedAtRisk: omittedAtRisk.filter(isConnect).length,
    fullest: fullest.slice(0, NAMED_ENDPOINTS),
    bind,
    inboundRows: tcp.inboundRows,
    rowsByState: tcp.rowsByState,
    listeningPorts: inRange(tcp.listening),
    blockedPorts: connect.blocked.words,
    occupiedPorts: inRange(tcp.occupied.any),
  };
}

function describeUdp({ udp }: NamespacePools, { exported, omittedAtRisk }: Selection): UdpSnapshot {
  return {
    capacity: Math.max(0, ...udp.map((pool) => pool.capacity)),
    worstUsageRatio: Math.max(0, ...udp.map(usageRatio)),
    pools: udp,
    exported: exported.filter((pool) => !isConnect(pool)).map(describePool),
    omittedAtRisk: omittedAtRisk.filter((pool) => !isConnect(pool)).length,
  };
}

/** It holds nothing now, but did so within the history window. */
function isIdleEndpoint({ usage }: JudgedPool): boolean {
  return usage.kind === 'connect' && usage.held === 0;
}

function isConnect({ usage }: JudgedPool): boolean {
  return usage.kind === 'connect';
}

function describePool({ usage, trend, riskLevel }: JudgedPool): PoolSnapshot {
  return {
    ...usage,
    riskLevel,
    peakRatio: trend?.peakRatio,
    timeToExhaustionSeconds: trend?.timeToExhaustionSeconds,
  };
}

function highestRisk(pools: readonly JudgedPool[]): RiskLevel {
  return pools.reduce<RiskLevel>((top, { riskLevel }) => (riskLevel > top ? riskLevel : top), 0);
}

/**
 * Writes what fires, what changed at this poll, and the thresholds it was judged by. Endpoints that are
 * not exported are only counted: there can be thousands.
 */
export function describeAlerts(
  judgement: Judgement,
  { exported }: Selection,
  rules: readonly Rule[],
): AlertsSnapshot {
  const shown = new Map(exported.map((pool) => [pool.usage, pool]));
  for (const pool of judgement.pools) if (pool.usage.kind === 'bind') shown.set(pool.usage, pool);
  const transitions = judgement.transitions.flatMap((transition) => {
    const pool = shown.get(transition.usage);
    if (pool === undefined) return [];
    const { alert, severity, change, threshold, lastedSeconds } = transition;
    return [{ alert, severity, change, threshold, lastedSeconds, pool: describePool(pool) }];
  });
  return {
    firing: judgement.firing.flatMap(({ usage, alert, severity }) => {
      const pool = shown.get(usage);
      return pool === undefined ? [] : [{ alert, severity, pool: describePool(pool) }];
    }),
    transitions,
    otherTransitions: judgement.transitions.length - transitions.length,
    thresholds: rules.map(({ alert, severity, unit, threshold }) => {
      return { alert, severity, unit, threshold };
    }),
  };
}
