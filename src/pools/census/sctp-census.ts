import type { PortBudget } from '../port-budget.ts';
import type { SharedPool } from '../shared-pools.ts';
import { PortSet } from '../tables/port-set.ts';

/**
 * Counts one pass over a namespace's SCTP endpoints and associations. A socket that names no port gets one that no
 * other SCTP socket has, whatever its family and address, so both families share one budget (`sctp_get_port_local` in
 * net/sctp/socket.c). All associations of a one-to-many socket, and all that a listener accepted, share its port.
 */
export class SctpCensus {
  /** Sockets of the namespace (`/proc/net/protocols`), those without a port included. */
  sockets = 0;
  readonly #budget: PortBudget;
  readonly #held = new PortSet();
  readonly #associated = new PortSet();

  constructor(budget: PortBudget) {
    this.#budget = budget;
  }

  /** Counts one row of `eps`, or of `assocs` where it is `associated`. */
  visit(localPort: number, associated: boolean): void {
    this.#held.add(localPort);
    if (associated) this.#associated.add(localPort);
  }

  /** Whether the namespace uses SCTP: it has a socket, or an association of a closed one that is shutting down. */
  get inUse(): boolean {
    return this.sockets > 0 || this.#held.size > 0;
  }

  /** The pool of both families. */
  get pool(): SharedPool {
    const { usable, usableSize } = this.#budget;
    const held = this.#held.intersectionSize(usable);
    const established = this.#associated.intersectionSize(usable);
    return { family: 'any', capacity: usableSize, held, taken: held, established };
  }
}
