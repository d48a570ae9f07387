import { asUser } from '../../deploy/demo/lab/as-user.ts';
import type { Connection, Network, Target } from '../../deploy/demo/lab/network.ts';
import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';
import type { Random } from './random.ts';

/** How a pool of connections gives some of them up. */
export const ORDERS = ['oldest first', 'newest first', 'at random'] as const;
export type Order = (typeof ORDERS)[number];

interface Held extends Connection {
  readonly target: Target;
}

/** Plain clients that open and close connections: `connect()` chooses every port. */
export class Churn {
  readonly #network: Network;
  readonly #random: Random;
  readonly #users: readonly [number, ...number[]];
  readonly #listeners: ReadonlyMap<number, number>;
  readonly #held: Held[] = [];

  /** `listeners` are those of each target's port; each connection is opened by one of `users`. */
  constructor(
    network: Network,
    random: Random,
    listeners: ReadonlyMap<number, number>,
    users: readonly [number, ...number[]],
  ) {
    this.#network = network;
    this.#random = random;
    this.#listeners = listeners;
    this.#users = users;
  }

  get held(): number {
    return this.#held.length;
  }

  /** Opens up to `count` connections; returns how many ports were to be had. */
  open(target: Target, count: number): number {
    for (let opened = 0; opened < count; opened += 1) {
      if (!this.#openOne(target)) return opened;
    }
    return count;
  }

  /** Closes `count` connections, or all that there are; the client's port stays in TIME_WAIT if it closes first. */
  close(count: number, order: Order, clientFirst: () => boolean): void {
    for (let closed = 0; closed < count; closed += 1) {
      const held = this.#take(order);
      if (held === undefined) return;
      if (clientFirst()) this.#network.close(held.client, held.server);
      else this.#network.close(held.server, held.client);
    }
  }

  #openOne(target: Target): boolean {
    try {
      let client = -1;
      const open = (): void => {
        client = this.#network.connect(target);
      };
      const user = this.#random.pick(this.#users);
      if (!asUser(user, open)) open();
      const server = this.#network.accept(this.#listeners.get(target.port) ?? -1);
      this.#held.push({ client, server, target });
      return true;
    } catch (error) {
      if (error instanceof SyscallError && error.errno === 'EADDRNOTAVAIL') return false;
      throw error;
    }
  }

  #take(order: Order): Held | undefined {
    if (order === 'oldest first') return this.#held.shift();
    if (order === 'newest first') return this.#held.pop();
    const index = this.#random.below(this.#held.length);
    return this.#held.splice(index, 1)[0];
  }
}
