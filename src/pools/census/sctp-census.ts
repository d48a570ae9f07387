import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import { namespacePool } from '../shared-pools.ts';
import type { PoolUsage } from '../pool.ts';
import { PortBudget } from '../port-budget.ts';
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

  constructor(settings: PortSettings) {
    this.#budget = new PortBudget(settings);
  }

  visit(localPort: number, associated: boolean): void {
    this.#held.add(localPort);
    if (associated) this.#associated.add(localPort);
  }

  /** Whether the namespace uses SCTP: it has a socket, or a port of one that was closed and still ends. */
  get inUse(): boolean {
    return this.sockets > 0 || this.#held.size > 0;
  }

  pool(namespaceId: number): PoolUsage {
    const { usable } = this.#budget;
    const held = this.#held.intersection(usable).size;
    return namespacePool(
      { namespaceId, kind: 'sctp', protocol: 'sctp', family: 'any' },
      {
        capacity: usable.size,
        held,
        taken: held,
        established: this.#associated.intersection(usable).size,
      },
    );
  }
}
