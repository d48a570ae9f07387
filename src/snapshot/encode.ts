import type { PortSettings, SettingKey } from '../kernel/proc/sysctl.ts';
import type { Hazards } from '../pools/hazards.ts';
import { portText } from '../pools/tables/port-text.ts';
import type { PartReport } from '../scan/parts.ts';
import { namespaceFailuresJson } from './encode-failures.ts';
import { identityJson } from './encode-identity.ts';
import { judgedPoolJson, kindJson } from './encode-pools.ts';
import { servicePortsJson } from './encode-service-ports.ts';
import type { GatedDetails, NamespaceDetails, SnapshotDetails } from './details.ts';
import type {
  AlertSnapshot,
  AlertsSnapshot,
  SourceReading,
  TransitionSnapshot,
} from './snapshot.ts';

/**
 * The details of a poll as `GET /api/v1/snapshot` shows them: field by field, described in
 * src/http/README.md. null always means "not known"; what does not apply is an empty text or an absent field.
 */

/** Grows with new fields; another number is another meaning of an old one. */
const SCHEMA = 1;

/** As JSON in UTF-8, in memory of its own, with the fields of `answers` behind them. */
export function encodeDetails(details: SnapshotDetails, answers: object): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify({ ...detailsJson(details), ...answers }));
}

export function detailsJson(details: SnapshotDetails): object {
  const { counts, problems } = details;
  return {
    schema: SCHEMA,
    taken_at_seconds: details.takenAtSeconds,
    duration_seconds: details.durationSeconds,
    sources: details.sources.map(sourceJson),
    fallback_reason: details.fallbackReason,
    namespaces_scanned: counts.scanned,
    namespaces_gated: counts.gated,
    namespaces_denied: counts.denied,
    namespaces_unwatched: counts.unwatched,
    failures_without_endpoint: details.failuresWithoutEndpoint ?? null,
    conntrack: details.conntrack === undefined ? null : conntrackJson(details.conntrack),
    problems: {
      settings: problems.settings,
      names: problems.names,
      refusal: problems.refusal,
      netlink: problems.netlink,
      owners: details.ownersSight.problem,
    },
    parts: details.parts.map(partJson),
    service_ports: servicePortsJson(details.servicePorts),
    alerts: alertsJson(details.alerts),
    namespaces: details.namespaces.map(namespaceJson),
    gated: details.gated.map(gatedJson),
  };
}

function conntrackJson(conntrack: NonNullable<SnapshotDetails['conntrack']>): object {
  return {
    entries: conntrack.entries,
    limit: conntrack.limit,
    insert_failed: conntrack.insertFailed,
    insert_failed_last_minute: conntrack.refusedLately ?? null,
    dropped: conntrack.dropped,
  };
}

function partJson({ part, ok, problem, durationSeconds }: PartReport): object {
  return { part, success: ok, duration_seconds: durationSeconds, problem };
}

function sourceJson(reading: SourceReading): object {
  return {
    source: reading.source,
    duration_seconds: reading.durationSeconds,
    rows: reading.rows,
    malformed_rows: reading.malformedRows,
    repeated_rows: reading.repeatedRows,
  };
}

function alertsJson({ firing, transitions, otherTransitions, thresholds }: AlertsSnapshot): object {
  return {
    firing: firing.map(alertJson),
    transitions: transitions.map(transitionJson),
    other_transitions: otherTransitions,
    thresholds: thresholds.map(({ alert, severity, unit, threshold }) => {
      return { alert, severity, unit, threshold };
    }),
  };
}

function alertJson({ alert, severity, identity, pool, ageSeconds }: AlertSnapshot): object {
  const rest = { age_seconds: ageSeconds, pool: judgedPoolJson(pool) };
  return { alert, severity, ...identityJson(identity), ...rest };
}

function transitionJson(transition: TransitionSnapshot): object {
  return {
    change: transition.change,
    ...(transition.reason && { reason: transition.reason }),
    threshold: transition.threshold,
    lasted_seconds: transition.lastedSeconds,
    ...alertJson(transition),
  };
}

function gatedJson({ id, identity, lastRead }: GatedDetails): object {
  const last = lastRead && {
    at_seconds: lastRead.atSeconds,
    namespace: namespaceJson(lastRead.namespace),
  };
  return { id, ...identityJson(identity), last_read: last ?? null };
}

function namespaceJson(namespace: NamespaceDetails): object {
  const { sockets } = namespace;
  return {
    id: namespace.id,
    ...identityJson(namespace.identity),
    settings: settingsJson(namespace.settings),
    families: namespace.families,
    range_size: namespace.rangeSize,
    reserved: namespace.reserved ?? null,
    blocked_parts: {
      low_first: namespace.parts.blocked.lowFirst,
      low_second: namespace.parts.blocked.lowSecond,
      high_first: namespace.parts.blocked.highFirst,
      high_second: namespace.parts.blocked.highSecond,
    },
    risk_level: namespace.riskLevel,
    kinds: namespace.kinds.map((kind) => kindJson(kind, namespace.fullest.get(kind.kind) ?? [])),
    hazards: hazardsJson(namespace.hazards),
    failures: namespaceFailuresJson(namespace.failures),
    sockets: {
      tcp_in_use: sockets?.tcpInUse ?? null,
      time_wait: sockets?.timeWait ?? null,
      udp_in_use: sockets?.udpInUse ?? null,
    },
    time_wait_overflows: namespace.timeWaitOverflows ?? null,
    tcp: {
      inbound_rows: namespace.inboundRows ?? null,
      rows_by_state: rowsByStateJson(namespace.rowsByState),
      listening_ports: portText(namespace.listeningPorts),
      other_listening_ports: portText(namespace.otherListeningPorts),
      blocked_ports: portText(namespace.blockedPorts),
      occupied_ports: portText(namespace.occupiedPorts),
    },
  };
}

function settingsJson(settings: PortSettings): object {
  const { range, reserved, unread } = settings;
  const known = <T>(key: SettingKey, value: T): T | null => (unread?.keys.has(key) ? null : value);
  const reservedText = portText(Uint16Array.from(reserved.flatMap(({ low, high }) => [low, high])));
  return {
    range_low: range.low,
    range_high: range.high,
    range_assumed: settings.rangeAssumed,
    reserved_ports: known('reserved', reservedText),
    tcp_tw_reuse: known('timeWaitReuse', settings.timeWaitReuse),
    tcp_tw_reuse_delay_ms: known('timeWaitReuseDelayMs', settings.timeWaitReuseDelayMs),
    tcp_timestamps: known('timestamps', settings.timestamps),
    bindv6only: known('bindV6Only', settings.bindV6Only),
  };
}

function hazardsJson(hazards: Hazards): object {
  return {
    listener_in_range: hazards.listenerInRange,
    self_connection: hazards.selfConnection,
    same_parity_range: hazards.sameParityRange,
    range_over_services: hazards.rangeOverServices,
    netns_range_differs_from_host: hazards.rangeDiffersFromHost,
  };
}

/** The kernel's socket states in the order of their numbers (include/net/tcp_states.h). */
const STATES = [
  'established',
  'syn_sent',
  'syn_recv',
  'fin_wait1',
  'fin_wait2',
  'time_wait',
  'close',
  'close_wait',
  'last_ack',
  'listen',
  'closing',
  'new_syn_recv',
];

function rowsByStateJson(rows: NamespaceDetails['rowsByState']): object {
  return Object.fromEntries(STATES.map((name, index) => [name, rows[index + 1] ?? null]));
}
