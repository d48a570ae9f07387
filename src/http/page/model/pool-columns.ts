import type { PoolRow } from '../../../answers/overview/overview.ts';
import { type Column, numberColumn, textColumn } from './column.ts';
import { countText, durationText, ratioText } from './format.ts';
import { wordsOfRisk } from './risk-words.ts';

/** `10.0.0.1 → 10.0.0.2:5432 (db)`. */
export function poolTitle({ name, remote_name: remoteName }: PoolRow): string {
  return remoteName === '' ? name : `${name} (${remoteName})`;
}

const STATE: Column<PoolRow> = {
  key: 'risk',
  title: 'State',
  order: 'worst first',
  isNumber: false,
  text: (row) => wordsOfRisk(row.risk_level).word,
  value: (row) => row.risk_level,
};

const LEFT: Column<PoolRow> = {
  ...numberColumn<PoolRow>(
    ['left', 'Left', 'fewest left first'],
    (row) => row.available,
    countText,
  ),
  isAscending: true,
};

const TIME_LEFT: Column<PoolRow> = {
  ...numberColumn<PoolRow>(
    ['time_left', 'Time left', 'soonest to run out first'],
    (row) => row.time_left_seconds,
    durationText,
  ),
  isAscending: true,
};

/** An unknown ratio does not occur. */
const USED = numberColumn<PoolRow>(
  ['used', 'Used', 'fullest first'],
  (row) => row.usage_ratio,
  (ratio) => ratioText(ratio ?? 0),
);

const NUMBERS: readonly Column<PoolRow>[] = [
  USED,
  LEFT,
  numberColumn(['held', 'Held', 'most held first'], (row) => row.held, countText),
  numberColumn(
    ['time_wait', 'TIME_WAIT', 'most TIME_WAIT first'],
    (row) => row.time_wait,
    countText,
  ),
  numberColumn(['refused', 'Refused', 'most refused first'], (row) => row.refused, countText),
  TIME_LEFT,
];

export const POOL_COLUMNS: readonly Column<PoolRow>[] = [
  STATE,
  textColumn(['name', 'Endpoint', 'by endpoint'], poolTitle),
  textColumn(['owner', 'Who', 'by who'], (row) => row.owner),
  textColumn(['namespace', 'Namespace', 'by namespace'], (row) => row.namespace),
  ...NUMBERS,
];

export const SHARED_COLUMNS: readonly Column<PoolRow>[] = [
  STATE,
  textColumn(['name', 'Pool', 'by pool'], (row) =>
    row.destinations === '' ? poolTitle(row) : `${poolTitle(row)}: ${row.destinations}`,
  ),
  textColumn(['owner', 'Who', 'by who'], (row) => row.owner),
  textColumn(['namespace', 'Namespace', 'by namespace'], (row) => row.namespace),
  ...NUMBERS,
];
