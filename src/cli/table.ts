import type { RemoteNames } from '../config/remote-names.ts';
import { explain, nameOf, nameOfNamespace, percent, remedy, remoteOf } from '../answers/words.ts';
import { HOST, type NetnsIdentity } from '../kernel/netns/netns.ts';
import { firstPassRatio, type PoolUsage, usageRatio } from '../pools/pool.ts';
import type { AlertSnapshot, NamespaceSnapshot, Snapshot } from '../snapshot/snapshot.ts';
import { type Column, layOut } from './columns.ts';

/** Endpoints of one namespace, and namespaces shown; the rest is counted. */
const ROWS = 20;
const SECTIONS = 7;

const REUSE: Readonly<Record<number, string>> = {
  0: 'is not reused (tcp_tw_reuse 0)',
  1: 'can be reused by connect() (tcp_tw_reuse 1)',
  2: 'can be reused by connect() on loopback only (tcp_tw_reuse 2)',
};

/** What a person sees first on a sick host: what there is, the worst endpoints, what to do. */
export function renderTable(snapshot: Snapshot, names: RemoteNames): string {
  const shown = worthASection(snapshot);
  const sections = shown.map((namespace) => section(namespace, names));
  const blocks = [
    ...sections,
    others(snapshot, shown.length),
    damage(snapshot),
    alerts(snapshot.alerts.firing),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function section(namespace: NamespaceSnapshot, names: RemoteNames): string {
  const blocks = [
    summary(namespace),
    endpoints(namespace, names),
    withoutDestination(namespace),
    oddities(namespace),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function summary({ identity, settings, rangeSize, reserved, tcp }: NamespaceSnapshot): string[] {
  const { range, rangeAssumed, timeWaitReuse } = settings;
  const assumed = rangeAssumed ? ', assumed' : '';
  return [
    `Network namespace ${whose(identity)}: ports ${range.low}-${range.high} (${rangeSize}${assumed}), ` +
      `${reserved} reserved, ${tcp.blocked} blocked by listeners and binds.`,
    `Each TCP endpoint can use ${tcp.capacity}. TIME_WAIT ${REUSE[timeWaitReuse] ?? ''}.`,
  ];
}

/** `host`, or the number with what is known of it. */
function whose(identity: NetnsIdentity): string {
  const { netns, podName, name } = identity;
  if (podName !== '') return `${netns}, ${nameOfNamespace(identity)}`;
  return netns === HOST || name === '' ? netns : `${netns} (${name})`;
}

/** The first namespace, which is the host's, and those that matter most: the fullest first. */
function worthASection({ namespaces }: Snapshot): readonly NamespaceSnapshot[] {
  const matters = ({ tcp, udp, sctp }: NamespaceSnapshot): boolean =>
    [tcp, udp, sctp].some((protocol) => (protocol?.exported.length ?? 0) > 0);
  const [host, ...rest] = namespaces;
  const others = rest.filter(matters).toSorted(byFullness).slice(0, SECTIONS);
  return [...(host === undefined ? [] : [host]), ...others].toSorted(byFullness);
}

function byFullness(a: NamespaceSnapshot, b: NamespaceSnapshot): number {
  return b.riskLevel - a.riskLevel || fullness(b) - fullness(a);
}

/** Of its fullest pool. */
function fullness({ tcp, udp, sctp }: NamespaceSnapshot): number {
  const ofSctp = sctp === undefined ? 0 : usageRatio(sctp.pool);
  return Math.max(tcp.worstUsageRatio, udp.worstUsageRatio, ofSctp);
}

function others({ namespaces, gated, denied }: Snapshot, shown: number): string {
  const more = namespaces.length + gated.length - shown;
  const lines = [
    more > 0 && `… and ${more} more network namespaces, none of them at higher risk than these.`,
    denied > 0 && `? ${denied} network namespaces cannot be read.`,
  ];
  return lines.filter((line) => line !== false).join('\n');
}

function endpoints({ tcp }: NamespaceSnapshot, names: RemoteNames): readonly string[] {
  const rows = tcp.fullest.slice(0, ROWS);
  if (rows.length === 0) return ['No TCP endpoint holds a port of the range.'];
  const more = tcp.endpoints - rows.length;
  return [
    ...layOut(columns(names), rows),
    ...(more > 0
      ? [`… and ${more} more endpoints, each using no more than the last one above.`]
      : []),
  ];
}

function columns(names: RemoteNames): readonly Column<PoolUsage>[] {
  const right = (
    heading: string,
    cell: (usage: PoolUsage) => string | number,
  ): Column<PoolUsage> => ({ heading, align: 'right', cell });
  return [
    { heading: 'FROM', align: 'left', cell: (usage) => usage.localAddress },
    { heading: 'TO', align: 'left', cell: remoteOf },
    {
      heading: 'NAME',
      align: 'left',
      cell: (usage) => names.nameOf(usage.remoteAddress, usage.remotePort),
    },
    right('USED', (usage) => percent(usageRatio(usage))),
    right('HELD', (usage) => usage.held),
    right('AVAILABLE', (usage) => usage.available),
    right('FIRST PASS', ({ firstPass }) => (firstPass ? percent(firstPassRatio(firstPass)) : '')),
    right('ESTABLISHED', (usage) => usage.states.established),
    right('SYN_SENT', (usage) => usage.states.synSent),
    right('CLOSE_WAIT', (usage) => usage.states.closeWait),
    right('TIME_WAIT', (usage) => usage.states.timeWait),
    right('REUSABLE', (usage) => usage.reusable),
    right('OTHER', (usage) => usage.states.other),
  ];
}

/** UDP and `bind(0)`: one budget per family. SCTP: one for both. */
function withoutDestination({ udp, tcp, sctp }: NamespaceSnapshot): readonly string[] {
  return [
    ...udp.pools.map(
      (pool) => `UDP ${pool.family}: ${availableOf(pool)} available to an unbound socket.`,
    ),
    ...tcp.bind.map(
      (pool) => `TCP bind(0) on ${pool.localAddress}: ${availableOf(pool)} available.`,
    ),
    ...(sctp?.inUse ? [`SCTP: ${availableOf(sctp.pool)} available.`] : []),
  ];
}

function availableOf({ available, capacity }: PoolUsage): string {
  return `${available} of ${capacity} ports`;
}

/** What is odd about the namespace, whether or not an alert fires. */
function oddities({ tcp, hazards }: NamespaceSnapshot): readonly string[] {
  const { selfConnection, rangeOverServices } = hazards;
  return [
    tcp.capacity === 0 &&
      'No port of the range is free for connect(): all are reserved or blocked.',
    selfConnection > 0 &&
      `${selfConnection} sockets are connected to themselves: a client dialled a port of the range that nobody listens on.`,
    rangeOverServices > 0 &&
      `The range covers ${rangeOverServices} service ports, which a client may take: reserve them (ip_local_reserved_ports).`,
  ]
    .filter((oddity) => oddity !== false)
    .map((oddity) => `? ${oddity}`);
}

function damage({ sources }: Snapshot): string {
  const malformedRows = sources.reduce((sum, each) => sum + each.malformedRows, 0);
  const rows = sources.reduce((sum, each) => sum + each.rows, 0);
  if (malformedRows === 0) return '';
  return `? ${malformedRows} rows of the socket tables are damaged and left out, ${rows} are whole.`;
}

const ORDER = { critical: 0, warning: 1, info: 2 } as const;

/** What fires, worst first. */
function alerts(firing: readonly AlertSnapshot[]): string {
  return firing
    .toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity])
    .map(({ alert, severity, identity, pool }) => {
      const who = identity.netns === HOST ? '' : `${nameOfNamespace(identity)}: `;
      return `! ${severity} ${alert}: ${who}${nameOf(pool)}: ${explain(alert, pool)}. ${remedy(pool)}`;
    })
    .join('\n');
}
