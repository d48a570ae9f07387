import type { PortRow } from '../../../answers/overview/overview.ts';
import type { Paint, Tone } from '../draw/paint.ts';
import type { Column } from '../draw/table.ts';
import { safe } from '../draw/text.ts';
import { facts } from './facts.ts';
import type { Sort } from './sort.ts';
import { tableView } from './table-view.ts';

const TONES: Readonly<Record<PortRow['status'], Tone>> = {
  taken: 'worst',
  exposed: 'bad',
  listener: 'plain',
  blocked: 'blocked',
  reserved: 'good',
};

const COLUMNS: readonly Column<PortRow>[] = [
  { heading: 'PORTS', width: 14, grows: 2, rank: 0, cell: ({ ports }) => ports },
  {
    heading: 'STATUS',
    width: 8,
    rank: 0,
    cell: ({ status }) => status,
    tone: ({ status }) => TONES[status],
  },
  { heading: 'NETNS', width: 12, grows: 1, rank: 1, cell: ({ namespace }) => namespace },
  { heading: 'WHAT', width: 16, grows: 4, rank: 2, cell: ({ text }) => text },
];

const SORTS: readonly Sort<PortRow>[] = [
  {
    key: 'o',
    name: 'port',
    heading: 'PORTS',
    isDescending: false,
    valueOf: ({ ports }) => Number.parseInt(ports, 10),
  },
  {
    key: 't',
    name: 'status',
    heading: 'STATUS',
    isDescending: false,
    valueOf: ({ status }) => status,
  },
  {
    key: 'n',
    name: 'netns',
    heading: 'NETNS',
    isDescending: false,
    valueOf: ({ namespace }) => namespace,
  },
];

function detail({ ports, status, namespace, text }: PortRow) {
  const known = [
    ['status', status],
    ['network namespace', namespace],
    ['ports', ports],
    ['what', text],
  ] as const;
  return (width: number, paint: Paint) => [
    paint('strong', `Ports that are ${safe(status)}`),
    '',
    ...facts(known, width, paint),
  ];
}

export const PORTS_VIEW = tableView<PortRow>({
  title: 'ports',
  shortTitle: 'ports',
  empty:
    'No port of a range is blocked, reserved or listened on, and no service port is in danger.',
  columns: COLUMNS,
  sorts: SORTS,
  rowsOf: ({ ports }) => ports,
  idOf: ({ netns, status, ports }) => `${netns}/${status}/${ports}`,
  filterable: ({ netns, namespace, ports, status, text }) => {
    return { netns, namespace, name: `${ports} ${status} ${text}` };
  },
  detail,
});
