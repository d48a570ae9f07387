import type { PortBudget } from '../port-budget.ts';
import {
  areConsecutive,
  byPassOrder,
  shareOfOlderSecondPass,
  bySteps,
  inOrder,
  type OrderedPort,
  type PassPairs,
  passPairs,
  type Series,
  seriesByInode,
} from './birth-order.ts';
import type { Evidence } from './evidence.ts';
import type { Group } from './group.ts';
import {
  NO_PORT_ROW,
  type ListedRows,
  SECOND_PASS_ROW,
  UNKNOWN_OWNER,
  UNUSUAL_ADDRESS_ROW,
} from './listed-rows.ts';
import type { Room } from './room.ts';

/** The largest share of pairs with an older port of the second pass that is a series of `connect()`. Chosen, not measured. */
const MAX_BY_TURNS = 0.25;

/**
 * In which order connections were closed whose ages are known. A pool of connections that gives up the newest first leaves
 * its ports in the reverse order.
 */
const CLOSING_ORDERS = ['oldest first', 'newest first'] as const;
type ClosingOrder = (typeof CLOSING_ORDERS)[number];

/** A little less than half. Chosen, not measured. */
const MIN_SECOND_SHARE = 0.4;

/** What the judge knows beside the rows. */
export interface JudgeContext {
  readonly rows: ListedRows;
  readonly budget: PortBudget;
  readonly room: Room;
  /** Whether the source lists sockets that were bound explicitly. */
  readonly listsExplicit: boolean;
  /** Whether another row of the same local address is on the row's port, towards another destination. */
  readonly isShared: (row: number) => boolean;
}

/**
 * Decides which rows of one group got their port from a `bind()` and which from `connect()`. A group is what one user
 * opened from one local address to one destination. The evidence, the strongest first:
 *
 * 1. what the kernel says of the socket: bound explicitly; IP_BIND_ADDRESS_NO_PORT; an address the route does not prefer
 * 2. sharing: a port that two rows of one local address hold was not chosen by `bind()` (`inet_csk_bind_conflict`)
 * 3. steps: ports that follow one another were named; a series with small steps on one pass was given by `connect()`
 * 4. order: a port of the second pass, while the first had room, was bound; one of the first pass, while `bind()` had
 *    room in the second, was not
 * 5. which pass the group used up first
 * 6. what was found of the other rows of the group, then of the user's other rows at the same local address
 *
 * A row is judged when it is first seen, and keeps its verdict. A group's evidence is kept as long as its endpoint.
 */
export class Judge {
  readonly #context: JudgeContext;

  constructor(context: JudgeContext) {
    this.#context = context;
  }

  /** Judges the rows of the group that have no verdict yet, but for those that only other groups can decide. */
  judge(group: Group): void {
    this.#bySocket(group);
    this.#bySharing(group);
    const isSeries = group.members.length > 1;
    if (isSeries) this.#byNames(group);
    if (isSeries) this.#bySteps(group);
    this.#byOrder(group);
    if (isSeries) this.#byPasses(group);
    const { undecided } = group;
    if (undecided.length === 0) return;
    const { verdict } = group.evidence;
    if (verdict !== 'undecided') group.decide(undecided, verdict);
    else if (isSeries) this.#byLargeSteps(group);
  }

  /**
   * Judges what is left by what was found of the user's other rows at the same local address. Where the user is not known,
   * only proof that all rows of the endpoint were bound says something: of connections that others made nothing follows.
   */
  judgeByUser(group: Group, sameUser: Readonly<Evidence>): void {
    const { sum } = group.endpoint;
    if (group.owner !== UNKNOWN_OWNER || sameUser.verdict !== 'undecided')
      group.decide(group.undecided, sameUser.verdict);
    else if (sum.bound > 0 && sum.connected === 0) group.decide(group.undecided, 'bound');
  }

  #bySocket(group: Group): void {
    const { rows, room } = this.#context;
    // It says nothing of others: each live socket shows by itself whether it has the option.
    group.decide(
      group.undecided.filter((row) => rows.is(row, NO_PORT_ROW)),
      'connected',
    );
    const isBound = (row: number): boolean =>
      rows.is(row, UNUSUAL_ADDRESS_ROW) &&
      (rows.is(row, SECOND_PASS_ROW) || !room.inSecondPassOf(group.address));
    group.prove(group.undecided.filter(isBound), 'bound');
  }

  #bySharing(group: Group): void {
    group.prove(group.undecided.filter(this.#context.isShared), 'connected');
  }

  /**
   * Only ports of the second pass need an acquittal; and only where those of the first are older. A program that names its
   * ports one after the other takes both by turns. The last ports that `bind()` finds prove nothing: whatever its random
   * start, it comes to the lowest of them first, so that it goes on with small steps.
   */
  #bySteps(group: Group): void {
    const { rows, budget, room } = this.#context;
    if (group.evidence.verdict === 'bound' && !room.inSecondPassOf(group.address)) return;
    const second = group.fresh.filter((row) => rows.is(row, SECOND_PASS_ROW));
    if (second.length < 2) return;
    for (const closing of CLOSING_ORDERS) {
      const pairs = this.#passPairs(group, closing);
      if (pairs !== undefined && shareOfOlderSecondPass(pairs) > MAX_BY_TURNS) continue;
      const verdict = bySteps(this.#series(second, closing), budget.range);
      if (verdict === 'connected') group.prove(second, verdict);
    }
  }

  #byOrder(group: Group): void {
    const { rows, room } = this.#context;
    const isSecond = (row: number): boolean => rows.is(row, SECOND_PASS_ROW);
    const born = group.fresh.filter((row) => isSecond(row) && group.isBorn(row));
    if (room.inFirstPassOf(group)) group.prove(born, 'bound');
    this.#firstPassByOrder(group);
    const older = group.fresh.filter((row) => isSecond(row) && !group.isBorn(row));
    const ofFirst = group.members.filter((row) => !isSecond(row) && !group.isBound(row)).length;
    const isLikely = room.isLikelyInFirstPassOf(group, older.length, ofFirst);
    if (isLikely && room.inSecondPassOf(group.address) && this.#areAtRandom(older))
      group.prove(older, 'bound');
  }

  /**
   * A program may have filled the second pass before any poll, and gone on to the first, and given up ports of both since. So
   * of connections that nobody saw open, made by nobody knows whom, those of the first pass prove nothing about the others.
   */
  #firstPassByOrder(group: Group): void {
    const { rows, room } = this.#context;
    if (!room.inSecondPassOf(group.address)) return;
    const first = group.fresh.filter((row) => !rows.is(row, SECOND_PASS_ROW));
    const isProof = (row: number): boolean => group.owner !== UNKNOWN_OWNER || group.isBorn(row);
    group.prove(first.filter(isProof), 'connected');
    group.assume(
      first.filter((row) => !isProof(row)),
      'connected',
    );
  }

  /**
   * Neither `bind()` nor `connect()` gives a program one port after the other: it named them. A source that lists such sockets
   * shows them anyway, and what it does not list has IP_LOCAL_PORT_RANGE.
   */
  #byNames(group: Group): void {
    if (this.#context.listsExplicit) return;
    if (areConsecutive(this.#series(group.firstSeen))) group.prove(group.fresh, 'bound');
  }

  /**
   * Only what finds no port of the second pass any more takes those of the first: where `bind()` still would, connections
   * were closed in another order than they were opened in.
   */
  #byPasses(group: Group): void {
    const verdict = byPassOrder(this.#passPairs(group));
    if (verdict === 'undecided' || (verdict === 'bound' && !this.#mayHaveRunOut(group))) return;
    if (verdict === 'connected') group.confirm();
    group.prove(group.fresh, verdict);
  }

  /**
   * Whether the group went on to ports of the first pass because `bind()` found no other; not where others of its ports were
   * given by `connect()`. Sockets that nobody saw open may
   * have been closed in another order than they were opened in: of those the second pass must have as many.
   */
  #mayHaveRunOut(group: Group): boolean {
    const { rows, room } = this.#context;
    const { bound, connected } = group.evidence;
    if (connected > bound || room.inSecondPassOf(group.address)) return false;
    const unseen = group.firstSeen.filter((row) => rows.inode(row) === 0);
    if (unseen.every((row) => group.isBorn(row))) return true;
    const second = unseen.filter((row) => rows.is(row, SECOND_PASS_ROW)).length;
    return MIN_SECOND_SHARE * unseen.length <= second;
  }

  /**
   * Each half of the range for itself: with SO_REUSEADDR, `bind()` uses up both passes of the lower half before it goes on
   * to the second pass of the upper one (`attempt_half` in `inet_csk_find_open_port`).
   */
  #passPairs({ firstSeen }: Group, closing: ClosingOrder = 'oldest first'): PassPairs | undefined {
    const { rows, budget } = this.#context;
    const isSecondPass = (port: number): boolean => !budget.inFirstPass(port);
    const isLow = (row: number): boolean => budget.inLowHalf(rows.port(row));
    const low = this.#series(firstSeen.filter(isLow), closing);
    const high = this.#series(
      firstSeen.filter((row) => !isLow(row)),
      closing,
    );
    return passPairs([...low, ...high], isSecondPass);
  }

  /** Of rows that are known to have appeared since the last poll, so that few are missing between them. */
  #byLargeSteps(group: Group): void {
    const born = group.fresh.filter((row) => group.isBorn(row));
    const verdict = bySteps(this.#series(born), this.#context.budget.range);
    if (verdict === 'connected') group.prove(born, verdict);
    else if (this.#areAtRandom(born)) group.prove(born, 'bound');
  }

  /** Whether the ports have no order, whichever of the connections were closed first. */
  #areAtRandom(members: readonly number[]): boolean {
    const { range } = this.#context.budget;
    return CLOSING_ORDERS.every(
      (closing) => bySteps(this.#series(members, closing), range) === 'bound',
    );
  }

  /** Live sockets in the order of their inode numbers, and those closed before a poll saw them by their age. */
  #series(members: readonly number[], closing: ClosingOrder = 'oldest first'): readonly Series[] {
    const { rows } = this.#context;
    const [live, closed]: [OrderedPort[], OrderedPort[]] = [[], []];
    for (const row of members) {
      const [port, inode, closedAgo] = [rows.port(row), rows.inode(row), rows.closedAgoMs(row)];
      if (inode !== 0) live.push({ port, key: inode });
      else if (closedAgo >= 0)
        closed.push({ port, key: closing === 'oldest first' ? -closedAgo : closedAgo });
    }
    return [...seriesByInode(live), inOrder(closed)];
  }
}
