import type { PortMemory } from './port-memory.ts';
import type { PortBudget } from '../port-budget.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import { PortSet } from '../tables/port-set.ts';
import { Evidence, type Verdict } from './evidence.ts';
import { type Age, Group, type RowFindings } from './group.ts';
import { Judge } from './judge.ts';
import type { JudgedAddress, JudgedAddresses } from './judged-addresses.ts';
import { JUDGED_ROW, type ListedRows, SECOND_PASS_ROW } from './listed-rows.ts';
import type { Room } from './room.ts';

/** What is known when all rows of a namespace have been visited. */
export interface Hearing {
  readonly rows: ListedRows;
  readonly addresses: JudgedAddresses;
  readonly budget: PortBudget;
  readonly room: Room;
  /** Whether the source lists sockets that were bound explicitly. */
  readonly listsExplicit: boolean;
  /** Undefined where rows that appeared since the last poll cannot be told from older ones. */
  readonly before: PortMemory | undefined;
  /** What is known already of this poll: rows that were bound explicitly. */
  readonly memory: PortMemory;
  /** Monotonic. */
  readonly nowMs: number;
}

/** What was decided of the listed rows of all judged addresses. */
export interface Judgement {
  /** By the index of the row. */
  readonly verdicts: readonly Verdict[];
  readonly groups: readonly Group[];
  /** Ports that a `bind()` chose. */
  readonly bound: PortSet;
  /** Ports that are counted as given by `connect()`, though a `bind()` may own them. */
  readonly undecided: PortSet;
}

const NOTHING_JUDGED: Judgement = {
  verdicts: [],
  groups: [],
  bound: new PortSet(),
  undecided: new PortSet(),
};

/** Judges all groups of the addresses in question; most hosts have none, and hundreds of thousands of listed rows. */
export function judgeAll(hearing: Hearing): Judgement {
  const { rows, addresses, budget, room, nowMs } = hearing;
  if (addresses.size === 0) return NOTHING_JUDGED;
  const verdicts = new Array<Verdict>(rows.size).fill('undecided');
  const ages = new Array<Age>(rows.size).fill('known');
  const groups = groupsOf(hearing, { verdicts, ages });
  const judge = new Judge({
    rows,
    budget,
    room,
    listsExplicit: hearing.listsExplicit,
    isShared: sharedRows(rows, groups),
  });
  for (const group of groups) judge.judge(group);
  judgeByUser(groups, judge);
  const [bound, undecided] = [new PortSet(), new PortSet()];
  for (const { members, assumed, address } of groups) {
    for (const row of assumed) undecided.add(rows.port(row));
    for (const row of members) {
      if (verdicts[row] === 'undecided') undecided.add(rows.port(row));
      if (verdicts[row] !== 'bound') continue;
      bound.add(rows.port(row));
      address.boundAtMs = nowMs;
    }
  }
  return { verdicts, groups, bound, undecided };
}

/** The groups of all judged rows. */
function groupsOf(
  { rows, addresses, before, memory, nowMs }: Hearing,
  findings: RowFindings,
): readonly Group[] {
  const groups = new Map<number, Group>();
  const keyOf = groupKeys(rows);
  for (let row = 0; row < rows.size; row += 1) {
    if (!rows.is(row, JUDGED_ROW)) continue;
    const key = keyOf(row);
    const group = groups.get(key) ?? openGroup(row);
    if (group === undefined) continue;
    groups.set(key, group);
    group.add(row);
    findings.ages[row] = ageOf(row, group.address);
    findings.verdicts[row] = earlierVerdict(row, group.address);
  }
  return [...groups.values()];

  function openGroup(row: number): Group | undefined {
    const [table, id] = [rows.table(row), rows.id(row)];
    const address = addresses.find(table.keys.rowWithoutDevice(id));
    if (address === undefined) return undefined;
    const evidence = address.evidenceOf(endpointKey(table, id), nowMs);
    return new Group(table, id, rows.user(row), address, evidence, findings);
  }

  /** What the kernel shows of it now, or was decided at the last poll. */
  function earlierVerdict(row: number, address: JudgedAddress): Verdict {
    const explicit = memory.verdictOf(rows.first(row), rows.second(row));
    if (explicit !== 'undecided') return explicit;
    return before?.verdictOf(rows.first(row), secondHalf(row, address)) ?? 'undecided';
  }

  /** Where an address was not judged at the last poll, no inode numbers were remembered there. */
  function secondHalf(row: number, { wasListed }: JudgedAddress): number {
    return wasListed && rows.inode(row) !== 0 ? rows.liveSecond(row) : rows.second(row);
  }

  /** Where an address was not judged at the last poll, only rows of the second pass were remembered, and not all. */
  function ageOf(row: number, address: JudgedAddress): Age {
    if (before === undefined) return 'unclear';
    if (before.knowsIdentity(rows.first(row), secondHalf(row, address))) return 'known';
    const wasRemembered = rows.is(row, SECOND_PASS_ROW) && !rows.table(row).wasFull(rows.id(row));
    return address.wasListed || wasRemembered ? 'born' : 'unclear';
  }
}

/** Distinguishes groups: one number for the endpoint of a row and its user. */
function groupKeys(rows: ListedRows): (row: number) => number {
  const users = new Map<number, number>();
  return (row) => {
    const user = rows.user(row);
    const number = users.get(user) ?? users.size;
    users.set(user, number);
    return number * 2 ** 32 + rows.endpoint(row);
  };
}

/** The remote end of an endpoint, and its device. */
function endpointKey({ keys }: EndpointTable, id: number): string {
  return `${keys.remoteAddress(id)} ${keys.remotePort(id)} ${keys.device(id)}`;
}

/** Whether another row of the same local address is on the row's port, towards another destination. */
function sharedRows(rows: ListedRows, groups: readonly Group[]): (row: number) => boolean {
  const shared = new Set<number>();
  const byAddress = new Map<JudgedAddress, Map<number, number>>();
  for (const { address, members } of groups) {
    const holders = byAddress.get(address) ?? new Map<number, number>();
    byAddress.set(address, holders);
    for (const row of members) {
      const other = holders.get(rows.port(row));
      if (other === undefined) holders.set(rows.port(row), row);
      else if (rows.endpoint(other) !== rows.endpoint(row)) shared.add(row).add(other);
    }
  }
  return (row) => shared.has(row);
}

/** What no group could decide by itself is decided by the user's other groups at the same local address. */
function judgeByUser(groups: readonly Group[], judge: Judge): void {
  const sums = new Map<JudgedAddress, Map<number, Evidence>>();
  for (const { address, user, evidence } of groups) {
    const byUser = sums.get(address) ?? new Map<number, Evidence>();
    sums.set(address, byUser);
    const sum = byUser.get(user) ?? new Evidence();
    sum.addAll(evidence);
    byUser.set(user, sum);
  }
  for (const group of groups) {
    const sameUser = sums.get(group.address)?.get(group.user);
    if (sameUser !== undefined) judge.judgeByUser(group, sameUser);
  }
}
