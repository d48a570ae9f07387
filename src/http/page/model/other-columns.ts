import type { NamespaceRow, PortRow } from '../../../answers/overview/overview.ts';
import { type Column, numberColumn, textColumn } from './column.ts';
import { countText, ratioText } from './format.ts';
import { shortPorts } from './port-list.ts';
import { wordsOfRisk } from './risk-words.ts';

function readText({ is_quiet: isQuiet, read_at_seconds: readAt }: NamespaceRow): string {
  if (!isQuiet) return 'at each poll';
  return readAt === null ? 'not yet: too few sockets' : `at ${utcTime(readAt)}: too few sockets`;
}

/** `12:03:05 UTC`: what the server renders must not hang on where it stands. */
function utcTime(unixSeconds: number): string {
  return `${new Date(unixSeconds * 1000).toISOString().slice(11, 19)} UTC`;
}

export const NAMESPACE_COLUMNS: readonly Column<NamespaceRow>[] = [
  {
    key: 'risk',
    title: 'State',
    order: 'worst first',
    isNumber: false,
    text: (row) => wordsOfRisk(row.risk_level).word,
    value: (row) => row.risk_level,
  },
  textColumn(['namespace', 'Namespace', 'by name'], (row) => row.namespace),
  textColumn(['range', 'Port range', 'by port range'], (row) => {
    const range = `${row.range_low}–${row.range_high}`;
    return row.range_assumed ? `${range} (assumed)` : range;
  }),
  numberColumn(
    ['capacity', 'Capacity', 'largest capacity first'],
    (row) => row.capacity,
    countText,
  ),
  numberColumn(['reserved', 'Reserved', 'most reserved first'], (row) => row.reserved, countText),
  numberColumn(['blocked', 'Blocked', 'most blocked first'], (row) => row.blocked, countText),
  numberColumn(
    ['endpoints', 'Endpoints', 'most endpoints first'],
    (row) => row.endpoints,
    countText,
  ),
  numberColumn(['held', 'Held', 'most held first'], (row) => row.held, countText),
  numberColumn(
    ['used', 'Fullest', 'fullest first'],
    (row) => row.worst_usage_ratio,
    (ratio) => ratioText(ratio ?? 0),
  ),
  numberColumn(['refused', 'Refused', 'most refused first'], (row) => row.refused, countText),
  textColumn(['read', 'Read', 'by when it was read'], readText),
];

/** What a status means, in a word or two. */
const STATUS_WORDS: Readonly<Record<PortRow['status'], string>> = {
  listener: 'Listener in the range',
  blocked: 'Blocked by bind()',
  reserved: 'Reserved',
  exposed: 'Service, not reserved',
  taken: 'Service, taken',
};

export const PORT_COLUMNS: readonly Column<PortRow>[] = [
  {
    ...textColumn<PortRow>(['ports', 'Ports', 'lowest port first'], (row) => row.ports),
    text: (row) => shortPorts(row.ports),
    whole: (row) => row.ports,
    value: (row) => Number.parseInt(row.ports, 10),
    isAscending: true,
  },
  textColumn(['status', 'State', 'by state'], (row) => STATUS_WORDS[row.status]),
  textColumn(['namespace', 'Namespace', 'by namespace'], (row) => row.namespace),
  textColumn(['text', 'What is known', 'by what is known'], (row) => row.text),
];
