import type { BindConflicts } from './bind-conflicts.ts';
import type { PortBudget } from '../port-budget.ts';
import {
  FIRST_PASS_BUSY,
  FIRST_PASS_HELD,
  INSPECTED,
  NO_TIMESTAMPS,
} from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { PortSet } from '../tables/port-set.ts';
import type { Group } from './group.ts';
import type { JudgedAddress } from './judged-addresses.ts';

/** Ports that must be free for certain, whatever a read of the tables has missed. Chosen, not measured. */
const MARGIN = 3;
/** So many rows of the second pass alone, and no more of the first pass held than that, are no remainder of a burst. */
const [MIN_ALONE, MAX_HELD] = [20, 0.9];
/** One row of the first pass for so many of the second is overlooked. */
const STRAY = 8;

/**
 * Whether `connect()` would have found a port of its first pass, and `bind()` one of the second, when the rows of a group
 * got theirs. Connections that came and went unseen since the last poll may have filled a pass: therefore it must have had
 * a good deal of room.
 */
export class Room {
  /** Ports of the first pass that an endpoint without connections can use. */
  readonly firstPassSize: number;
  /** The same without those that a `bind()` owned at the last poll: it may have given them up only after the rows appeared. */
  readonly #leastFirstPass: number;
  readonly #budget: PortBudget;
  readonly #conflicts: BindConflicts;
  readonly #taken = new Map<JudgedAddress, PortSet>();
  readonly #hasSecondPass = new Map<JudgedAddress, boolean>();

  /** `owned` and `ownedBefore` are the ports that a `bind()` is known to own, and those that it did at the last poll. */
  constructor(
    budget: PortBudget,
    owned: PortSet,
    ownedBefore: PortSet | undefined,
    conflicts: BindConflicts,
  ) {
    this.#budget = budget;
    this.#conflicts = conflicts;
    const sizeWithout = (lost: PortSet): number =>
      budget.firstPassSize - budget.firstPassLost(lost);
    this.firstPassSize = sizeWithout(owned);
    this.#leastFirstPass =
      ownedBefore === undefined ? this.firstPassSize : sizeWithout(owned.union(ownedBefore));
  }

  /** Whether at most half of the endpoint's first pass may have been taken since the last poll. */
  isHalfFree(table: EndpointTable, id: number): boolean {
    return 2 * table.count(id, FIRST_PASS_BUSY) < this.#leastFirstPass;
  }

  /** Whether the first pass had room for rows of the group that appeared since the last poll. */
  inFirstPassOf({ table, id, endpoint, undecidedNew }: Group): boolean {
    const held = table.count(id, FIRST_PASS_HELD);
    if (held + MARGIN > this.#leastFirstPass && !hasTimestamps(table, id)) return false;
    if (this.isHalfFree(table, id) && !table.wasFull(id)) return true;
    const most = Math.max(held, endpoint.firstPassHeld);
    return most + 2 * undecidedNew.length + MARGIN < this.#leastFirstPass;
  }

  /**
   * The same for `older` rows of the second pass of which nobody knows when they appeared: a burst that filled the first
   * pass may have ended since, but leaves rows of both. `ofFirst` are those of the first pass, but for bound ones.
   */
  isLikelyInFirstPassOf({ table, id, evidence }: Group, older: number, ofFirst: number): boolean {
    const held = table.count(id, FIRST_PASS_HELD);
    const others = Math.max(ofFirst, evidence.connected);
    if (STRAY * others > older || held + MARGIN > this.firstPassSize) return false;
    return older >= MIN_ALONE && held < MAX_HELD * this.firstPassSize;
  }

  /**
   * Whether a `bind()` to the address had room in the second pass ever since the last poll: a port that was taken then may
   * have come back only after the rows that appeared since got theirs. With SO_REUSEADDR it looks at the lower half of the
   * range alone before it goes on to the first pass (`attempt_half` in `inet_csk_find_open_port`).
   */
  inSecondPassOf(address: JudgedAddress): boolean {
    const known = this.#hasSecondPass.get(address);
    if (known !== undefined) return known;
    const { secondPassLowHalf } = this.#budget;
    const taken = this.#takenAt(address);
    const hasRoom = taken.intersectionSize(secondPassLowHalf) + MARGIN < secondPassLowHalf.size;
    this.#hasSecondPass.set(address, hasRoom);
    return hasRoom;
  }

  /** Whether a `bind()` to the address could have been given the port, now and at the last poll. */
  isFreeAt(address: JudgedAddress, port: number): boolean {
    return this.#budget.usable.has(port) && !this.#takenAt(address).has(port);
  }

  /** Whether no socket has the port. */
  isFree(port: number): boolean {
    return this.#budget.usable.has(port) && !this.#conflicts.any.has(port);
  }

  #takenAt(address: JudgedAddress): PortSet {
    const taken =
      this.#taken.get(address) ?? this.#conflicts.takenAt(address).union(address.takenBefore);
    this.#taken.set(address, taken);
    return taken;
  }
}

/** Whether a socket of the endpoint was asked, and its TIME_WAITs can be taken over. */
function hasTimestamps(table: EndpointTable, id: number): boolean {
  return table.has(id, INSPECTED) && !table.has(id, NO_TIMESTAMPS);
}
