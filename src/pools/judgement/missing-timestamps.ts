import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import { FIRST_PASS_HELD, NO_TIMESTAMPS } from '../tables/endpoint-fields.ts';
import type { Group } from './group.ts';
import type { Judgement } from './judgement.ts';
import { type ListedRows, REUSABLE_ROW, SECOND_PASS_ROW } from './listed-rows.ts';
import type { Room } from './room.ts';

/** So many connections must have passed a TIME_WAIT over that looked reusable. Chosen, not measured. */
const MIN_PASSED_OVER = 3;
/** How exact an age is: a row is read a little after the clock, and TIME_WAIT ends a tick later. Chosen, not measured. */
const SLACK_MS = 500;

/**
 * Groups whose connections have no TCP timestamps, as their ages tell: `connect()` took ports of the second pass while the
 * first was full of TIME_WAITs, some of them older than the delay. With timestamps it would have taken those over
 * (`tcp_twsk_unique` in net/ipv4/tcp_ipv4.c).
 */
export function groupsWithoutTimestamps(
  { groups, verdicts }: Judgement,
  rows: ListedRows,
  { timeWaitReuseDelayMs }: PortSettings,
  { firstPassSize }: Room,
  sinceLastPollMs: number,
): readonly Group[] {
  return groups.filter((group) => {
    const { table, id } = group;
    const isFull = table.count(id, FIRST_PASS_HELD) >= firstPassSize;
    if (table.has(id, NO_TIMESTAMPS) || !isFull) return false;
    const oldestMs = oldestReusableMs(group, rows);
    const passedOver = group.newcomers.filter((row) => {
      const ageMs = bornAtMostAgoMs(row, group, rows, sinceLastPollMs);
      const wasPassedOver = oldestMs - ageMs > timeWaitReuseDelayMs + SLACK_MS;
      return rows.is(row, SECOND_PASS_ROW) && verdicts[row] === 'connected' && wasPassedOver;
    });
    return passedOver.length >= MIN_PASSED_OVER;
  });
}

/**
 * How long ago a row got its port, at most: a live one that was there at the last poll, or before the first, nobody knows
 * when; one in TIME_WAIT that no poll saw open is taken for a short connection.
 */
function bornAtMostAgoMs(
  row: number,
  group: Group,
  rows: ListedRows,
  sinceLastPollMs: number,
): number {
  const closedAgoMs = rows.closedAgoMs(row);
  if (closedAgoMs >= 0) return closedAgoMs;
  return group.isBorn(row) ? sinceLastPollMs : Number.POSITIVE_INFINITY;
}

/** Age of the oldest TIME_WAIT of the first pass that looks reusable; -1 where there is none. */
function oldestReusableMs(group: Group, rows: ListedRows): number {
  let oldest = -1;
  for (const row of group.members) {
    if (rows.is(row, REUSABLE_ROW) && !rows.is(row, SECOND_PASS_ROW))
      oldest = Math.max(oldest, rows.closedAgoMs(row));
  }
  return oldest;
}
