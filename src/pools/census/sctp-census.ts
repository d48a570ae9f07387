import type { PortBudget } from '../port-budget.ts';
import type { SharedPool } from '../shared-pools.ts';
import { PortSet } from '../tables/port-set.ts';

/**
 * One pass over a namespace's SCTP endpoints and associations. A socket that names no port gets one that
 * no other SCTP socket has, whatever its family and address, so there is one budget (`sctp_get_port_local`
 * in net/sctp/socket.c). All associations of a one-to-many socket, and all that a listener accepted, share
 * its port.
 */
export class SctpCensus {
  /** Sockets of the namespace, those too that no table shows. */
  sockets = 0;
  readonly #budget: PortBudget;
  readonly #held = new PortSet();
  readonly #associated = new PortSet();

  constructor(budget: PortBudget) {
    this.#budget = budget;
  }

  visit(localPort: number, associated: boolean): void {
    this.#held.add(localPort);
    if (associated) this.#associated.add(localPort);
  }

  /** Whether the namespace uses SCTP: it has a socket, or a port of one that was closed and still ends. */
  get inUse(): boolean {
    return this.sockets > 0 || this.#held.size > 0;
  }

  /** The one pool of both families. */
  get pool(): SharedPool {
    const { usable, usableSize } = this.#budget;
    const held = this.#held.intersectionSize(usable);
    const established = this.#associated.intersectionSize(usable);
    return { family: 'any', capacity: usableSize, held, taken: held, established };
  }
}
