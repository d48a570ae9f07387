import { destinationsText } from '../../answers/destination-words.ts';
import { unwatchedNote } from '../../answers/namespace-words.ts';
import { ownersCell } from '../../answers/owner-words.ts';
import { failedParts, partNote } from '../../answers/part-words.ts';
import { sourceNote } from '../../answers/source-words.ts';
import { nameOfNamespace, percent } from '../../answers/words.ts';
import { printable } from '../../answers/printable.ts';
import { UNFINISHED } from '../../owners/owner.ts';
import type { RemoteNames } from '../../config/remote-names.ts';
import { HOST, type NetnsIdentity } from '../../kernel/netns/netns.ts';
import { remoteOf } from '../../pools/endpoint-words.ts';
import { kindOf } from '../../pools/kinds.ts';
import { firstPassRatio, type PoolUsage, usageRatio } from '../../pools/pool.ts';
import type { NamespaceDetails, SnapshotDetails } from '../../snapshot/details.ts';
import type { KindSnapshot, OwnedPool } from '../../snapshot/snapshot.ts';
import { alertLines } from './alert-lines.ts';
import { type Column, layOut } from './columns.ts';
import { servicePortLines } from './service-port-lines.ts';

/** Endpoints shown of one namespace, and namespaces shown beside the host's: a few screens. The others are counted. */
const MAX_ROWS = 20;
const MAX_SECTIONS = 7;
const REUSE: Readonly<Record<number, string>> = {
  0: 'is not reused (tcp_tw_reuse 0)',
  1: 'can be reused by connect() (tcp_tw_reuse 1)',
  2: 'can be reused by connect() on loopback only (tcp_tw_reuse 2)',
};

const UNKNOWN_REUSE = 'is reused or not: tcp_tw_reuse cannot be read';

/** The text table of `--once`: each namespace with its limits, its fullest endpoints and its peculiarities, then alerts. */
export function renderTable(details: SnapshotDetails, names: RemoteNames): string {
  const shown = namespacesShown(details);
  const sections = shown.map((namespace) => section(namespace, names));
  const blocks = [
    ...sections,
    notShown(details, shown.length),
    malformed(details),
    failed(details),
    markedSourceNote(details),
    details.ownersSight.isUnfinished ? `? ${UNFINISHED}.` : '',
    alertLines(details),
    servicePortLines(details),
  ];
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`;
}

function section(namespace: NamespaceDetails, names: RemoteNames): string {
  const blocks = [
    summary(namespace),
    endpoints(namespace, names),
    sharedPools(namespace),
    peculiarities(namespace),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function summary(namespace: NamespaceDetails): string[] {
  const { identity, settings, rangeSize, reserved } = namespace;
  const { blocked, capacity } = connectOf(namespace);
  const { range, rangeAssumed, timeWaitReuse, unread } = settings;
  const reuse = unread?.keys.has('timeWaitReuse') ? UNKNOWN_REUSE : (REUSE[timeWaitReuse] ?? '');
  const assumed = rangeAssumed ? ', assumed' : '';
  return [
    `Network namespace ${namespaceName(identity)}: ports ${range.low}-${range.high} (${rangeSize}${assumed}), ` +
      `${reserved ?? 'unknown'} reserved, ${blocked} blocked by listeners and binds.`,
    `Each TCP endpoint can use ${capacity}. TIME_WAIT ${reuse}.`,
  ];
}

/** `host`, or the namespace's number with its pod or name. */
function namespaceName(identity: NetnsIdentity): string {
  const { netns, podName, name } = identity;
  if (podName !== '') return `${netns}, ${nameOfNamespace(identity)}`;
  return netns === HOST || name === '' ? netns : printable(`${netns} (${name})`);
}

/** The first namespace, which is the host's, and those with exported pools; the highest risk first, then the fullest. */
function namespacesShown({ namespaces }: SnapshotDetails): readonly NamespaceDetails[] {
  const hasExported = ({ kinds }: NamespaceDetails): boolean =>
    kinds.some(({ exported }) => exported.length > 0);
  const [host, ...rest] = namespaces;
  const busiest = rest.filter(hasExported).toSorted(byFullness).slice(0, MAX_SECTIONS);
  return [...(host === undefined ? [] : [host]), ...busiest].toSorted(byFullness);
}

function byFullness(a: NamespaceDetails, b: NamespaceDetails): number {
  return b.riskLevel - a.riskLevel || fullness(b) - fullness(a);
}

/** Usage ratio of the fullest pool of the kinds that `worst_usage_ratio` shows. */
function fullness({ kinds }: NamespaceDetails): number {
  const ratios = kinds
    .filter(({ kind }) => kindOf(kind).feedsProtocolFamilies)
    .map(({ worstUsageRatio }) => worstUsageRatio);
  return Math.max(0, ...ratios);
}

/** The endpoints: the kind namespaceName pools have rows of their own. */
function connectOf({ kinds }: NamespaceDetails): KindSnapshot {
  const found = kinds.find(({ kind }) => !kindOf(kind).isShared);
  if (found === undefined) throw new RangeError('a namespace without endpoints');
  return found;
}

function notShown({ counts }: SnapshotDetails, shown: number): string {
  const { scanned, gated, denied, unwatched } = counts;
  const more = scanned + gated - shown;
  const lines = [
    more > 0 && `… and ${more} more network namespaces, none of them at higher risk than these.`,
    denied > 0 && `? ${denied} network namespaces cannot be read.`,
    unwatched > 0 && `? ${unwatchedNote(unwatched)}.`,
  ];
  return lines.filter((line) => line !== false).join('\n');
}

function endpoints(namespace: NamespaceDetails, names: RemoteNames): readonly string[] {
  const { kind, alive } = connectOf(namespace);
  const rows = (namespace.fullest.get(kind) ?? []).slice(0, MAX_ROWS);
  if (rows.length === 0) return ['No TCP endpoint holds a port of the range.'];
  const more = alive - rows.length;
  return [
    ...layOut(columns(names), rows),
    ...(more > 0
      ? [`… and ${more} more endpoints, each using no more than the last one above.`]
      : []),
  ];
}

function columns(names: RemoteNames): readonly Column<OwnedPool>[] {
  const right = (
    heading: string,
    cell: (usage: PoolUsage) => string | number,
  ): Column<OwnedPool> => ({ heading, align: 'right', cell });
  return [
    { heading: 'FROM', align: 'left', cell: (usage) => usage.localAddress },
    { heading: 'TO', align: 'left', cell: remoteOf },
    {
      heading: 'NAME',
      align: 'left',
      cell: (usage) => names.nameOf(usage.remoteAddress, usage.remotePort),
    },
    right('USED', (usage) => percent(usedShare(usage))),
    right('HELD', (usage) => usage.held),
    right('BOUND', ({ bound }) => (bound > 0 ? bound : '')),
    right('AVAILABLE', (usage) => usage.available),
    right('FIRST PASS', ({ firstPass }) => (firstPass ? percent(firstPassRatio(firstPass)) : '')),
    right('ESTABLISHED', (usage) => usage.states.established),
    right('SYN_SENT', (usage) => usage.states.synSent),
    right('CLOSE_WAIT', (usage) => usage.states.closeWait),
    right('TIME_WAIT', (usage) => usage.states.timeWait),
    right('REUSABLE', (usage) => usage.reusable),
    right('OTHER', (usage) => usage.states.other),
    { heading: 'OWNER', align: 'left', cell: ({ owners }) => ownersCell(owners) },
  ];
}

/** Of its capacity, or of the range where a `bind()` owns its ports. */
function usedShare(usage: PoolUsage): number {
  const { bound, blocked, capacity } = usage;
  return bound === 0
    ? usageRatio(usage)
    : Math.max(usageRatio(usage), bound / (capacity + blocked));
}

/** A line for each pool that the namespace shares, UDP, `bind(0)` and so on. */
function sharedPools({ kinds, fullest }: NamespaceDetails): readonly string[] {
  return kinds
    .filter(({ inUse }) => inUse)
    .flatMap(({ kind }) => fullest.get(kind) ?? [])
    .map(sharedPoolLine)
    .filter((line) => line !== '');
}

function sharedPoolLine(pool: PoolUsage): string {
  const line = kindOf(pool.kind).availabilityOf?.(pool) ?? '';
  const destinations = destinationsText(pool.destinations ?? []);
  return line === '' || destinations === '' ? line : `${line} Connected: ${destinations}.`;
}

/** What costs ports or misleads in the namespace, whether or not an alert fires. */
function peculiarities(namespace: NamespaceDetails): readonly string[] {
  const { selfConnection, rangeOverServices } = namespace.hazards;
  const { capacity } = connectOf(namespace);
  const { undecided, closedListeners } = namespace;
  return [
    closedListeners > 0 &&
      `Ports of listeners that have closed, as those of FTP in passive mode: ${closedListeners}. What they accepted holds them, and no connect() gets them.`,
    undecided > 0 &&
      `A bind() may own ${undecided} more ports, which one poll alone cannot tell: at least ${Math.max(0, capacity - undecided)}, at most ${capacity} are left to a new destination.`,
    connectOf(namespace).capacity === 0 &&
      'No port of the range is free for connect(): all are reserved or blocked.',
    selfConnection > 0 &&
      `${selfConnection} sockets are connected to themselves: a client dialled a port of the range that nobody listens on.`,
    rangeOverServices > 0 &&
      `The range covers ${rangeOverServices} service ports, which a client may take: reserve them (ip_local_reserved_ports).`,
  ]
    .filter((peculiarity) => peculiarity !== false)
    .map((peculiarity) => `? ${peculiarity}`);
}

/** What the source cannot show. */
function markedSourceNote(details: SnapshotDetails): string {
  const note = sourceNote(details);
  return note === '' ? '' : `? ${note}`;
}

/** What could not be read. */
function failed(details: SnapshotDetails): string {
  return failedParts(details)
    .map((report) => `? ${partNote(report)}.`)
    .join('\n');
}

function malformed({ sources }: SnapshotDetails): string {
  const malformedRows = sources.reduce((sum, each) => sum + each.malformedRows, 0);
  const rows = sources.reduce((sum, each) => sum + each.rows, 0);
  if (malformedRows === 0) return '';
  return `? ${malformedRows} rows of the socket tables are damaged and left out, ${rows} are whole.`;
}
