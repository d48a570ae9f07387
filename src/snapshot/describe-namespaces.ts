import type { EvaluatedPool, Evaluation } from '../alerts/evaluator.ts';
import type { RiskLevel } from '../alerts/rules.ts';
import type { Selection } from '../alerts/shortlist.ts';
import type { SourceName } from '../kernel/socket-row.ts';
import type { PortSettings } from '../kernel/proc/sysctl.ts';
import { findHazards } from '../pools/hazards.ts';
import { usageRatio } from '../pools/pool.ts';
import type { PortSet } from '../pools/tables/port-set.ts';
import type {
  NamespaceSnapshot,
  SctpSnapshot,
  SourceReading,
  TcpSnapshot,
  UdpSnapshot,
} from './snapshot.ts';
import { describePool } from './describe-pool.ts';
import type { NamespaceReading } from '../scan/namespace-reader.ts';
import type { NamespacePools } from '../scan/namespace-pools.ts';

/** Endpoints of the host that a snapshot names one by one, fullest first; the others are only counted. */
const NAMED_ENDPOINTS = 1000;
/** The same for each of the other namespaces: there can be hundreds. */
const NAMED_ELSEWHERE = 50;

/** Writes the namespaces that were read; exported pools get series of their own. */
export function describeNamespaces(
  scanned: readonly NamespacePools[],
  evaluation: Evaluation,
  selection: Selection,
): readonly NamespaceSnapshot[] {
  const judged = byNamespace(evaluation.pools);
  const exported = byNamespace(selection.exported);
  const omittedAtRisk = byNamespace(selection.omittedAtRisk);
  const host = scanned[0]?.reading.settings;
  return scanned.map((pools, index) => {
    const { id } = pools.reading.namespace;
    return describeNamespace(pools, host, {
      named: index === 0 ? NAMED_ENDPOINTS : NAMED_ELSEWHERE,
      judged: judged.get(id) ?? [],
      exported: exported.get(id) ?? [],
      omittedAtRisk: omittedAtRisk.get(id) ?? [],
    });
  });
}

/** Writes a namespace in which nothing can be exported and no alert can fire. */
export function describeQuiet(pools: NamespacePools): NamespaceSnapshot {
  const nothing = { judged: [], exported: [], omittedAtRisk: [] };
  return describeNamespace(pools, undefined, { ...nothing, named: NAMED_ELSEWHERE });
}

/** What was read by each source, that of the host namespace first; the rest of the poll counts as its. */
export function describeSources(
  scanned: readonly NamespacePools[],
  pollMs: number,
): readonly SourceReading[] {
  const readings = scanned.map(({ reading }) => reading);
  const names = [...new Set(readings.map(({ source }) => source))];
  const sums = names.map((source) => sumUp(source, readings));
  const readMs = readings.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return sums.map((sum, index) => {
    const restSeconds = index === 0 ? (pollMs - readMs) / 1000 : 0;
    return { ...sum, durationSeconds: sum.durationSeconds + restSeconds };
  });
}

function sumUp(source: SourceName, all: readonly NamespaceReading[]): SourceReading {
  const readings = all.filter((reading) => reading.source === source);
  const sum = (value: (reading: NamespaceReading) => number): number =>
    readings.reduce((total, reading) => total + value(reading), 0);
  return {
    source,
    durationSeconds: sum(({ durationMs }) => durationMs) / 1000,
    rows: sum(({ rows }) => rows),
    malformedRows: sum(({ malformedRows }) => malformedRows),
    repeatedRows: sum(({ tcp }) => tcp.outbound.repeatedRows),
  };
}

/** The pools of one namespace, by what became of them. */
interface Judged {
  /** Endpoints that are named one by one. */
  readonly named: number;
  readonly judged: readonly EvaluatedPool[];
  readonly exported: readonly EvaluatedPool[];
  readonly omittedAtRisk: readonly EvaluatedPool[];
}

function describeNamespace(
  pools: NamespacePools,
  host: PortSettings | undefined,
  judged: Judged,
): NamespaceSnapshot {
  const { namespace, settings, families, tcp, sockets, timeWaitOverflows } = pools.reading;
  const isComparable = !settings.rangeAssumed && host?.rangeAssumed === false;
  return {
    id: namespace.id,
    identity: namespace.identity,
    settings,
    families,
    rangeSize: tcp.budget.rangeSize,
    reserved: tcp.budget.reserved,
    riskLevel: highestRisk(judged.judged),
    tcp: describeTcp(pools, judged),
    udp: describeUdp(pools, judged),
    sctp: describeSctp(pools, judged),
    hazards: findHazards(tcp, isComparable ? host.range : undefined),
    sockets,
    timeWaitOverflows,
  };
}

function describeTcp(
  { reading: { tcp }, connect, fullest, bind }: NamespacePools,
  { named, judged, exported, omittedAtRisk }: Judged,
): TcpSnapshot {
  const { usable } = tcp.budget;
  const inRange = (ports: PortSet): Uint16Array => ports.intersection(usable).toRuns();
  return {
    capacity: connect.capacity,
    blocked: connect.blocked.size,
    worstUsageRatio: connect.worstUsageRatio,
    endpoints: connect.size + judged.filter(isIdleEndpoint).length,
    held: connect.held,
    exported: exported.filter(isConnect).map(describePool),
    omittedAtRisk: omittedAtRisk.filter(isConnect).length,
    fullest: fullest.slice(0, named),
    bind,
    inboundRows: tcp.inboundRows,
    rowsByState: tcp.rowsByState,
    listeningPorts: inRange(tcp.listening),
    blockedPorts: connect.blocked.toRuns(),
    occupiedPorts: inRange(tcp.bindConflicts.any),
  };
}

function describeUdp({ udp }: NamespacePools, { exported, omittedAtRisk }: Judged): UdpSnapshot {
  return {
    capacity: Math.max(0, ...udp.map((pool) => pool.capacity)),
    worstUsageRatio: Math.max(0, ...udp.map(usageRatio)),
    pools: udp,
    exported: exported.filter(isUdp).map(describePool),
    omittedAtRisk: omittedAtRisk.filter(isUdp).length,
  };
}

function describeSctp(
  { reading: { sctp }, sctp: [pool] }: NamespacePools,
  { exported, omittedAtRisk }: Judged,
): SctpSnapshot | undefined {
  if (sctp === undefined || pool === undefined) return undefined;
  return {
    sockets: sctp.sockets,
    inUse: sctp.inUse,
    pool,
    exported: exported.filter(isSctp).map(describePool),
    omittedAtRisk: omittedAtRisk.filter(isSctp).length,
  };
}

/** It holds nothing now, but did so within the history window. */
function isIdleEndpoint({ usage }: EvaluatedPool): boolean {
  return usage.kind === 'connect' && usage.held === 0;
}

function isConnect({ usage }: EvaluatedPool): boolean {
  return usage.kind === 'connect';
}

function isUdp({ usage }: EvaluatedPool): boolean {
  return usage.kind === 'udp';
}

function isSctp({ usage }: EvaluatedPool): boolean {
  return usage.kind === 'sctp';
}

function highestRisk(pools: readonly EvaluatedPool[]): RiskLevel {
  return pools.reduce<RiskLevel>((top, { riskLevel }) => (riskLevel > top ? riskLevel : top), 0);
}

function byNamespace(
  pools: readonly EvaluatedPool[],
): ReadonlyMap<number, readonly EvaluatedPool[]> {
  const groups = new Map<number, EvaluatedPool[]>();
  for (const pool of pools) {
    const group = groups.get(pool.usage.namespaceId);
    if (group === undefined) groups.set(pool.usage.namespaceId, [pool]);
    else group.push(pool);
  }
  return groups;
}
