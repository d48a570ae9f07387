import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import type { BindConflicts } from '../judgement/bind-conflicts.ts';
import type { JudgedAddresses } from '../judgement/judged-addresses.ts';
import type { ListedRows } from '../judgement/listed-rows.ts';
import { type Judgement, judgeAll } from '../judgement/judgement.ts';
import { groupsWithoutTimestamps } from '../judgement/missing-timestamps.ts';
import type { PortMemory } from '../judgement/port-memory.ts';
import { rememberRows } from '../judgement/remember-rows.ts';
import { Room } from '../judgement/room.ts';
import type { PortBudget } from '../port-budget.ts';
import type { PortReturns } from '../tables/port-returns.ts';
import type { PortSet } from '../tables/port-set.ts';
import { TIME_WAIT_SECONDS } from '../time-wait.ts';
import type { OutboundCensus } from './outbound-census.ts';

/** What a pass over all rows has found, for the judgement. */
export interface JudgedPass {
  readonly settings: PortSettings;
  readonly budget: PortBudget;
  readonly outbound: OutboundCensus;
  readonly bindConflicts: BindConflicts;
  readonly judged: JudgedAddresses;
  readonly listsExplicit: boolean;
  /** What the last poll remembered; undefined where rows that appeared since cannot be told from older ones. */
  readonly before: PortMemory | undefined;
  /** Written for the next poll. */
  readonly memory: PortMemory;
  /** When ports come back that a `bind()` owns: the rows that are found to be bound are added. */
  readonly returns: PortReturns;
  /** Monotonic. */
  readonly nowMs: number;
  /** 0 at the first poll. */
  readonly sinceLastPollMs: number;
}

/**
 * Judges who owns the ports of the listed rows, takes those that are bound out of the capacities that they were counted
 * against, and remembers the verdicts. Returns the ports of which nothing could be decided.
 */
export function judgeRows(pass: JudgedPass): PortSet {
  const { settings, budget, outbound, bindConflicts, judged, memory, nowMs } = pass;
  const { listed } = outbound;
  const room = new Room(budget, memory.boundPorts, pass.before?.boundPorts, bindConflicts);
  const judgement = judgeAll({ ...pass, rows: listed, addresses: judged, room });
  memory.bound.addAll(judgement.bound);
  addBoundRows(judgement, listed, pass.returns);
  const without = groupsWithoutTimestamps(judgement, {
    rows: listed,
    room,
    reuseDelayMs: settings.timeWaitReuseDelayMs,
    sinceLastPollMs: pass.sinceLastPollMs,
  });
  for (const { table, id } of without) outbound.disableReuse(table, id);
  rememberRows(judgement, outbound, room, memory);
  outbound.uncount(judgement.bound);
  for (const address of judged.all) address.takenBefore = bindConflicts.takenAt(address);
  outbound.releaseRows();
  judged.end(nowMs);
  const { unjudgedPorts } = outbound;
  if (unjudgedPorts.size === 0) return judgement.undecided;
  return judgement.undecided.union(unjudgedPorts.difference(memory.boundPorts));
}

function addBoundRows(
  { groups, verdicts }: Judgement,
  listed: ListedRows,
  returns: PortReturns,
): void {
  for (const { members } of groups) {
    for (const row of members) {
      if (verdicts[row] !== 'bound') continue;
      const closedAgoMs = listed.closedAgoMs(row);
      if (closedAgoMs < 0) returns.addLive(listed.port(row));
      else returns.addTimeWait(listed.port(row), 1000 * TIME_WAIT_SECONDS - closedAgoMs);
    }
  }
}
