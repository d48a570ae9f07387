import type { NamespaceRow } from '../../../answers/overview/overview.ts';
import { percent } from '../../../answers/words.ts';
import { type Paint, type Tone, toneOfRisk } from '../draw/paint.ts';
import type { Column } from '../draw/table.ts';
import { grouped, safe } from '../draw/text.ts';
import { facts } from './facts.ts';
import type { Sort } from './sort.ts';
import { tableView } from './table-view.ts';

const byRisk = ({ risk_level }: NamespaceRow): Tone => toneOfRisk(risk_level);

const NUMBER = { width: 8, align: 'right' } as const;

const COLUMNS: readonly Column<NamespaceRow>[] = [
  {
    heading: 'NETNS',
    width: 22,
    grows: 1,
    rank: 0,
    cell: ({ namespace, is_quiet }) => namespace + (is_quiet ? ' (quiet)' : ''),
    tone: byRisk,
  },
  {
    ...NUMBER,
    heading: 'FULLEST',
    rank: 1,
    cell: (row) => percent(row.worst_usage_ratio),
    tone: byRisk,
  },
  {
    ...NUMBER,
    width: 9,
    heading: 'ENDPOINTS',
    rank: 4,
    cell: ({ endpoints }) => grouped(endpoints),
  },
  { ...NUMBER, heading: 'HELD', rank: 2, cell: ({ held }) => grouped(held) },
  { ...NUMBER, heading: 'CAPACITY', rank: 3, cell: ({ capacity }) => grouped(capacity) },
  { ...NUMBER, heading: 'BLOCKED', rank: 6, cell: ({ blocked }) => grouped(blocked) },
  { ...NUMBER, heading: 'RESERVED', rank: 7, cell: ({ reserved }) => orNothing(reserved) },
  { ...NUMBER, width: 14, heading: 'RANGE', rank: 5, cell: rangeText },
  { ...NUMBER, heading: 'REFUSED', rank: 8, cell: ({ refused }) => orNothing(refused) },
];

const SORTS: readonly Sort<NamespaceRow>[] = [
  {
    key: 'u',
    name: 'fullest',
    heading: 'FULLEST',
    isDescending: true,
    valueOf: (row) => row.worst_usage_ratio,
  },
  { key: 'h', name: 'held', heading: 'HELD', isDescending: true, valueOf: ({ held }) => held },
  {
    key: 'e',
    name: 'endpoints',
    heading: 'ENDPOINTS',
    isDescending: true,
    valueOf: (row) => row.endpoints,
  },
  {
    key: 'b',
    name: 'blocked',
    heading: 'BLOCKED',
    isDescending: true,
    valueOf: ({ blocked }) => blocked,
  },
  {
    key: 'f',
    name: 'refused',
    heading: 'REFUSED',
    isDescending: true,
    valueOf: ({ refused }) => refused,
  },
  {
    key: 'n',
    name: 'name',
    heading: 'NETNS',
    isDescending: false,
    valueOf: ({ namespace }) => namespace,
  },
];

/** Where the range could not be read, it is the kernel's default, with a question mark. */
function rangeText({ range_low, range_high, range_assumed }: NamespaceRow): string {
  return `${range_low}-${range_high}${range_assumed ? '?' : ''}`;
}

/** What is not known, or not counted, is left blank. */
function orNothing(count: number | null): string {
  return count === null ? '' : grouped(count);
}

function detail(row: NamespaceRow) {
  const known: readonly (readonly [string, string])[] = [
    ['netns', row.netns],
    [
      'range',
      row.range_assumed ? `${rangeText(row)} (assumed: it could not be read)` : rangeText(row),
    ],
    ['reserved', row.reserved === null ? 'not known' : grouped(row.reserved)],
    ['blocked', `${grouped(row.blocked)} ports, which a bind() owns`],
    ['capacity', `${grouped(row.capacity)} ports for each endpoint`],
    ['endpoints', grouped(row.endpoints)],
    ['held', `${grouped(row.held)} ports, summed over endpoints`],
    ['fullest', `${percent(row.worst_usage_ratio)} used`],
    ['refused', row.refused === null ? 'not counted' : grouped(row.refused)],
    ['quiet', row.is_quiet ? 'yes: it has too few sockets to be read at each poll' : ''],
  ];
  return (width: number, paint: Paint) => [
    paint('strong', safe(row.namespace)),
    '',
    ...facts(known, width, paint),
  ];
}

export const NAMESPACES_VIEW = tableView<NamespaceRow>({
  title: 'namespaces',
  shortTitle: 'namespaces',
  empty: 'No network namespace was read yet.',
  columns: COLUMNS,
  sorts: SORTS,
  rowsOf: ({ namespaces }) => namespaces,
  idOf: ({ netns }) => netns,
  filterable: ({
    netns,
    namespace,
    capacity,
    held,
    blocked,
    refused,
    risk_level,
    worst_usage_ratio,
  }) => {
    const usage_ratio = worst_usage_ratio;
    return { netns, namespace, capacity, held, blocked, refused, risk_level, usage_ratio };
  },
  detail,
});
