import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import { FIRST_PASS_HELD } from '../tables/endpoint-fields.ts';
import type { Group, Verdicts } from './group.ts';
import { type ListedRows, REUSABLE_ROW, SECOND_PASS_ROW } from './listed-rows.ts';

/** So many connections must have passed a TIME_WAIT over that looked reusable. Chosen, not measured. */
const MIN_PASSED_OVER = 3;
/** How exact an age is: a row is read a little after the clock, and TIME_WAIT ends a tick later. Chosen, not measured. */
const SLACK_MS = 500;

/**
 * Whether the connections of a group have no TCP timestamps, as their ages tell: `connect()` took ports of the second pass
 * while the first was full of TIME_WAITs, some of them older than the delay. With timestamps it would have taken those
 * over (`tcp_twsk_unique` in net/ipv4/tcp_ipv4.c). `firstPassSize` are the ports of the first pass that are not blocked.
 */
export function lacksTimestamps(
  group: Group,
  rows: ListedRows,
  verdicts: Verdicts,
  { timeWaitReuseDelayMs }: PortSettings,
  firstPassSize: number,
): boolean {
  if (group.table.count(group.id, FIRST_PASS_HELD) < firstPassSize) return false;
  let oldestMs = -1;
  for (const row of group.members) {
    if (rows.is(row, REUSABLE_ROW) && !rows.is(row, SECOND_PASS_ROW))
      oldestMs = Math.max(oldestMs, rows.closedAgoMs(row));
  }
  const passedOver = group.members.filter(
    (row) =>
      rows.is(row, SECOND_PASS_ROW) &&
      verdicts[row] === 'connected' &&
      group.isFirstSeen(row) &&
      oldestMs - Math.max(0, rows.closedAgoMs(row)) > timeWaitReuseDelayMs + SLACK_MS,
  );
  return passedOver.length >= MIN_PASSED_OVER;
}
