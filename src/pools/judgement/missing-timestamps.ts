import { FIRST_PASS_HELD, INSPECTED, NO_TIMESTAMPS } from '../tables/endpoint-fields.ts';
import type { Group } from './group.ts';
import type { Judgement } from './judgement.ts';
import { BEGAN_ROW, type ListedRows, REUSABLE_ROW, SECOND_PASS_ROW } from './listed-rows.ts';
import type { Room } from './room.ts';

/** So many connections must have passed a TIME_WAIT over that looked reusable. Chosen, not measured. */
export const MIN_PASSED_OVER = 3;
/** How exact an age is: a row is read a little after the clock, and TIME_WAIT ends a tick later. Chosen, not measured. */
const SLACK_MS = 500;

/** What is known of a poll, and of its rows. */
export interface ReuseEvidence {
  readonly rows: ListedRows;
  readonly room: Room;
  /** How old a TIME_WAIT must be before `connect()` takes its port over. */
  readonly reuseDelayMs: number;
  /** 0 at the first poll. */
  readonly sinceLastPollMs: number;
}

/**
 * Groups whose connections have no TCP timestamps, as their ages tell: `connect()` took ports of the second pass while the
 * first was full of TIME_WAITs, some of them older than the delay. With timestamps it would have taken those over
 * (`tcp_twsk_unique` in net/ipv4/tcp_ipv4.c). Connections that no poll saw open are taken for short ones, which got their
 * ports when they closed. Where a live socket was asked whether it has timestamps, nothing is guessed.
 */
export function groupsWithoutTimestamps(
  { groups, verdicts }: Judgement,
  evidence: ReuseEvidence,
): readonly Group[] {
  const { rows, room, reuseDelayMs } = evidence;
  return groups.filter((group) => {
    const { table, id } = group;
    const isFull = table.count(id, FIRST_PASS_HELD) >= room.firstPassSize;
    if (table.has(id, INSPECTED | NO_TIMESTAMPS) || !isFull) return false;
    const reusableForMs = oldestReusableMs(group, rows) - reuseDelayMs - SLACK_MS;
    const passedOver = group.members.filter(
      (row) =>
        rows.is(row, SECOND_PASS_ROW) &&
        verdicts[row] === 'connected' &&
        isNewTimeWait(row, evidence) &&
        rows.closedAgoMs(row) < reusableForMs,
    );
    // So many of them were open at the last poll already, at most: they may have got their ports at any time before.
    return passedOver.length >= MIN_PASSED_OVER + table.liveBefore(id);
  });
}

/** A TIME_WAIT that began since the last poll; at the first poll any, for nobody knows better. */
function isNewTimeWait(row: number, { rows, sinceLastPollMs }: ReuseEvidence): boolean {
  return sinceLastPollMs === 0 ? rows.closedAgoMs(row) >= 0 : rows.is(row, BEGAN_ROW);
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
