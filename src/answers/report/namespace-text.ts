import { kindOf } from '../../pools/kinds.ts';
import { firstPassRatio, usageRatio } from '../../pools/pool.ts';
import { portText } from '../../pools/tables/port-text.ts';
import type { NamespaceDetails } from '../../snapshot/details.ts';
import type { OwnedPool } from '../../snapshot/snapshot.ts';
import { ownersCell } from '../owner-words.ts';
import { nameOf, nameOfNamespace, percent } from '../words.ts';
import { fold } from './fold.ts';
import type { Report } from './report.ts';

/** Endpoints that a report lists of one namespace: a screen. */
const MAX_ENDPOINTS = 10;

/** The section of one network namespace: title and lines. */
export function namespaceLines(
  namespace: NamespaceDetails,
  report: Report,
  isHost: boolean,
): readonly [string, readonly string[]] {
  const title = `NETWORK NAMESPACE ${nameOfNamespace(namespace.identity)}`;
  const facts = [
    ...settings(namespace),
    ...(isHost ? timeWaitLimits(report) : []),
    ...sockets(namespace),
    ...(isHost ? conntrack(report) : []),
    ...hazards(namespace),
  ];
  const lines = [
    ...facts.flatMap((line) => fold(line, '  ')),
    ...endpoints(namespace, report),
    ...sharedPools(namespace).flatMap((line) => fold(line, '  ')),
  ];
  return [title, lines];
}

function settings({ settings: set, rangeSize, reserved, kinds }: NamespaceDetails): string[] {
  const { range, rangeAssumed, unread } = set;
  const known = (
    key: 'timeWaitReuse' | 'timeWaitReuseDelayMs' | 'timestamps' | 'bindV6Only',
  ): string => (unread?.keys.has(key) === true ? 'unknown' : String(Number(set[key])));
  const list = portText(Uint16Array.from(set.reserved.flatMap(({ low, high }) => [low, high])));
  const { blocked, capacity } = kinds.find(({ kind }) => !kindOf(kind).isShared) ?? {};
  return [
    `ip_local_port_range ${range.low} ${range.high} (${rangeSize} ports${rangeAssumed ? ', assumed' : ''})`,
    `ip_local_reserved_ports ${reserved === undefined ? 'unknown' : list || 'none'} (${reserved ?? '?'} in the range)`,
    `blocked by binds ${blocked ?? '?'}, capacity of an endpoint ${capacity ?? '?'}`,
    `tcp_tw_reuse ${known('timeWaitReuse')}, tcp_tw_reuse_delay ${known('timeWaitReuseDelayMs')} ms, tcp_timestamps ${known('timestamps')}, bindv6only ${known('bindV6Only')}${rangeAssumed ? ' (assumed)' : ''}`,
  ];
}

function timeWaitLimits({ facts }: Report): string[] {
  if (facts.timeWaitSysctls === undefined) return [];
  const { finTimeoutSeconds, maxTimeWaits } = facts.timeWaitSysctls;
  return [
    `tcp_fin_timeout ${finTimeoutSeconds ?? '?'} s, tcp_max_tw_buckets ${maxTimeWaits ?? '?'}`,
  ];
}

function sockets({ sockets: counts, timeWaitOverflows }: NamespaceDetails): string[] {
  const overflows = `TIME_WAITs dropped ${timeWaitOverflows ?? 'unknown'}`;
  if (counts === undefined) return [`sockstat unknown; ${overflows}`];
  const { tcpInUse, timeWait, udpInUse } = counts;
  return [`sockstat TCP ${tcpInUse}, TIME_WAIT ${timeWait}, UDP ${udpInUse}; ${overflows}`];
}

/** Nothing where the host's namespace tracks no connections. */
function conntrack({ details }: Report): string[] {
  if (details.conntrack === undefined) return [];
  const { entries, limit, insertFailed, dropped } = details.conntrack;
  return [
    `conntrack ${entries} of ${limit} entries, insert_failed ${insertFailed}, dropped ${dropped} packets`,
  ];
}

function hazards({ hazards: found }: NamespaceDetails): string[] {
  const named = [
    [found.listenerInRange, 'listeners in the range'],
    [found.selfConnection, 'self-connected sockets'],
    [found.sameParityRange, 'range with ends of the same parity'],
    [found.rangeOverServices, 'ports of services in the range'],
    [found.rangeDiffersFromHost, "range other than the host's"],
  ] as const;
  const present = named.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return present.length === 0 ? [] : [`hazards: ${present.join(', ')}`];
}

function endpoints(namespace: NamespaceDetails, report: Report): readonly string[] {
  const connect = namespace.kinds.find(({ kind }) => !kindOf(kind).isShared);
  if (connect === undefined) return [];
  const fullest = (namespace.fullest.get(connect.kind) ?? []).slice(0, MAX_ENDPOINTS);
  const more = connect.alive - fullest.length;
  return [
    fullest.length === 0
      ? 'no TCP endpoint holds a port of the range'
      : 'endpoints, the fullest first:',
    ...fullest.flatMap((pool) => endpoint(pool, report)),
    ...(more > 0 ? [`… and ${more} more endpoints`] : []),
  ];
}

function endpoint(pool: OwnedPool, { remoteNameOf }: Report): readonly string[] {
  const { held, bound, available, capacity, firstPass, reusable, states } = pool;
  const name = remoteNameOf(pool.remoteAddress, pool.remotePort);
  const owners = ownersCell(pool.owners);
  const parts = [
    `${percent(usageRatio(pool))} used: ${available} of ${capacity} left, ${held} held`,
    bound > 0 ? `${bound} of them bound` : '',
    firstPass === undefined ? '' : `first pass ${percent(firstPassRatio(firstPass))}`,
    stateText('ESTABLISHED', states.established),
    stateText('SYN_SENT', states.synSent),
    stateText('CLOSE_WAIT', states.closeWait),
    stateText('TIME_WAIT', states.timeWait),
    stateText('reusable', reusable),
    stateText('other', states.other),
  ].filter((part) => part !== '');
  return [
    ...fold(`- ${nameOf(pool)}${name === '' ? '' : ` (${name})`}`, '    '),
    ...fold(parts.join(', '), '    ', '    '),
    ...(owners === '' ? [] : fold(`owner ${owners}`, '    ', '    ')),
  ];
}

function stateText(state: string, count: number): string {
  return count > 0 ? `${state} ${count}` : '';
}

function sharedPools({ kinds }: NamespaceDetails): readonly string[] {
  return kinds
    .filter(({ inUse }) => inUse)
    .flatMap(({ kind, shared }) => shared.map((pool) => kindOf(kind).availabilityOf?.(pool) ?? ''))
    .filter((line) => line !== '');
}
