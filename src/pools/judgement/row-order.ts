import type { PortBudget } from '../port-budget.ts';
import {
  areConsecutive,
  inOrder,
  type OrderedPort,
  type PassPairs,
  passPairs,
  type Series,
  seriesByInode,
} from './birth-order.ts';
import type { ListedRows } from './listed-rows.ts';
import { areAtRandom, areOfConnect, FreeCounts } from './port-steps.ts';
import type { Room } from './room.ts';
import type { JudgedAddress } from './judged-addresses.ts';

/**
 * In which order connections were closed whose ages are known. A pool of connections that gives up the newest first leaves
 * its ports in the reverse order.
 */
export const CLOSING_ORDERS = ['oldest first', 'newest first'] as const;
export type ClosingOrder = (typeof CLOSING_ORDERS)[number];

/** What the order tells in which listed rows got their ports; `members` are indices of rows. */
export class RowOrder {
  readonly #rows: ListedRows;
  readonly #budget: PortBudget;
  readonly #room: Room;
  /** The same for all groups; most polls need it for none. */
  #free: FreeCounts | undefined;

  constructor(rows: ListedRows, budget: PortBudget, room: Room) {
    this.#rows = rows;
    this.#budget = budget;
    this.#room = room;
  }

  /**
   * Each half of the range for itself: with SO_REUSEADDR, `bind()` uses up both passes of the lower half before it goes on
   * to the second pass of the upper one (`attempt_half` in `inet_csk_find_open_port`).
   */
  passPairs(
    members: readonly number[],
    closing: ClosingOrder = 'oldest first',
  ): PassPairs | undefined {
    const [rows, budget] = [this.#rows, this.#budget];
    const isSecondPass = (port: number): boolean => !budget.inFirstPass(port);
    const isLow = (row: number): boolean => budget.inLowHalf(rows.port(row));
    const low = this.#series(members.filter(isLow), closing);
    const high = this.#series(
      members.filter((row) => !isLow(row)),
      closing,
    );
    return passPairs([...low, ...high], isSecondPass);
  }

  /** Whether the steps from port to port are as small as those of `connect()`. */
  areOfConnect(
    members: readonly number[],
    address: JudgedAddress,
    closing: ClosingOrder = 'oldest first',
  ): boolean {
    const { range, half } = this.#budget;
    const isFree = (port: number): boolean => this.#room.isFreeAt(address, port);
    return areOfConnect(this.#series(members, closing), { ...range, half }, isFree);
  }

  /** Whether the ports have no order, whichever of the connections were closed first. */
  areAtRandom(members: readonly number[]): boolean {
    this.#free ??= new FreeCounts(this.#budget.range, (port) => this.#room.isFree(port));
    const free = this.#free;
    return CLOSING_ORDERS.every((closing) => areAtRandom(this.#series(members, closing), free));
  }

  areConsecutive(members: readonly number[]): boolean {
    return areConsecutive(this.#series(members, 'oldest first'));
  }

  /** Live sockets in the order of their inode numbers, and those closed before a poll saw them by their age. */
  #series(members: readonly number[], closing: ClosingOrder): readonly Series[] {
    const rows = this.#rows;
    const [live, closed]: [OrderedPort[], OrderedPort[]] = [[], []];
    for (const row of members) {
      const [port, inode, closedAgo] = [rows.port(row), rows.inode(row), rows.closedAgoMs(row)];
      if (inode !== 0) live.push({ port, key: inode });
      else if (closedAgo >= 0)
        closed.push({
          port,
          key: closing === 'oldest first' ? -closedAgo : closedAgo,
        });
    }
    return [...seriesByInode(live), inOrder(closed)];
  }
}
