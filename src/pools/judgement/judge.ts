import type { PortBudget } from '../port-budget.ts';
import { FIRST_PASS_HELD } from '../tables/endpoint-fields.ts';
import { byPassOrder, shareOfOlderSecondPass } from './birth-order.ts';
import type { Evidence } from './evidence.ts';
import type { Group } from './group.ts';
import {
  NO_PORT_ROW,
  type ListedRows,
  SECOND_PASS_ROW,
  UNKNOWN_USER,
  UNUSUAL_ADDRESS_ROW,
} from './listed-rows.ts';
import type { Room } from './room.ts';
import { CLOSING_ORDERS, RowOrder } from './row-order.ts';

/** The largest share of pairs with an older port of the second pass that is a series of `connect()`. Chosen, not measured. */
const MAX_BY_TURNS = 0.25;

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
  readonly #order: RowOrder;

  constructor(context: JudgeContext) {
    this.#context = context;
    this.#order = new RowOrder(context.rows, context.budget, context.room);
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

  /** Judges what is left by what was found of the user's other rows at the same local address. */
  judgeByUser(group: Group, sameUser: Readonly<Evidence>): void {
    if (group.user !== UNKNOWN_USER || sameUser.verdict !== 'undecided')
      group.decide(group.undecided, sameUser.verdict);
    else this.#judgeByEndpoint(group);
  }

  /**
   * Judges rows of an unknown user by those of all users of the endpoint, if these agree: what others bound, this one did too.
   * What others did not, it did not if it has ports of the first pass at least as many as of the second, and the first is so
   * full that `connect()` may have gone on to the second.
   */
  #judgeByEndpoint(group: Group): void {
    const { bound, connected } = group.endpoint.sum;
    if (bound > 0 && connected === 0) group.decide(group.undecided, 'bound');
    if (bound > 0 || connected === 0) return;
    const { rows, room } = this.#context;
    const second = group.members.filter((row) => rows.is(row, SECOND_PASS_ROW)).length;
    if (2 * second > group.members.length || room.isHalfFree(group.table, group.id)) return;
    group.acceptAssumed();
    group.decide(group.undecided, 'connected');
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
    const { rows, room } = this.#context;
    if (group.evidence.verdict === 'bound' && !room.inSecondPassOf(group.address)) return;
    const second = group.undecidedNew.filter((row) => rows.is(row, SECOND_PASS_ROW));
    if (second.length < 2) return;
    for (const closing of CLOSING_ORDERS) {
      const pairs = this.#order.passPairs(group.newcomers, closing);
      if (pairs !== undefined && shareOfOlderSecondPass(pairs) > MAX_BY_TURNS) continue;
      if (this.#order.areOfConnect(second, group.address, closing))
        group.prove(second, 'connected');
    }
  }

  #byOrder(group: Group): void {
    const { rows, room } = this.#context;
    const isSecond = (row: number): boolean => rows.is(row, SECOND_PASS_ROW);
    const born = group.undecidedNew.filter((row) => isSecond(row) && group.isBorn(row));
    if (room.inFirstPassOf(group)) group.prove(born, 'bound');
    this.#firstPassByOrder(group);
    const older = group.undecidedNew.filter((row) => isSecond(row) && !group.isBorn(row));
    const isLikely = room.isLikelyInFirstPassOf(group, older.length, this.#ofFirstPass(group));
    if (isLikely && room.inSecondPassOf(group.address) && this.#order.areAtRandom(older))
      group.prove(older, 'bound');
  }

  /**
   * Ports of the first pass that the group has, but for bound ones. Where its user is not known, those of all users of the
   * endpoint: the others may be his.
   */
  #ofFirstPass(group: Group): number {
    const { rows } = this.#context;
    const { table, id, members } = group;
    if (group.user === UNKNOWN_USER) return table.count(id, FIRST_PASS_HELD);
    return members.filter((row) => !rows.is(row, SECOND_PASS_ROW) && !group.isBound(row)).length;
  }

  /**
   * A program may have filled the second pass before any poll, and gone on to the first, and given up ports of both since. So
   * of connections that nobody saw open, made by nobody knows whom, those of the first pass prove nothing about those of the
   * second.
   */
  #firstPassByOrder(group: Group): void {
    const { rows, room } = this.#context;
    if (!room.inSecondPassOf(group.address)) return;
    const first = group.undecidedNew.filter((row) => !rows.is(row, SECOND_PASS_ROW));
    const isProof = (row: number): boolean => group.user !== UNKNOWN_USER || group.isBorn(row);
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
    if (this.#order.areConsecutive(group.newcomers)) group.prove(group.undecidedNew, 'bound');
  }

  /**
   * Only what finds no port of the second pass any more takes those of the first: where `bind()` still would, connections
   * were closed in another order than they were opened in.
   */
  #byPasses(group: Group): void {
    const verdict = byPassOrder(this.#order.passPairs(group.newcomers));
    if (verdict === 'undecided' || (verdict === 'bound' && !this.#mayHaveRunOut(group))) return;
    if (verdict === 'connected') group.acceptAssumed();
    group.prove(group.undecidedNew, verdict);
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
    const unseen = group.newcomers.filter((row) => rows.inode(row) === 0);
    if (unseen.every((row) => group.isBorn(row))) return true;
    const second = unseen.filter((row) => rows.is(row, SECOND_PASS_ROW)).length;
    return MIN_SECOND_SHARE * unseen.length <= second;
  }

  /** Of rows that are known to have appeared since the last poll, so that few are missing between them. */
  #byLargeSteps(group: Group): void {
    const born = group.undecidedNew.filter((row) => group.isBorn(row));
    if (this.#order.areOfConnect(born, group.address)) group.prove(born, 'connected');
    else if (this.#order.areAtRandom(born)) group.prove(born, 'bound');
  }
}
