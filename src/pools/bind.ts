import type { Family } from '../kernel/address.ts';
import type { TcpCensus } from './census/tcp-census.ts';
import type { JudgedAddress } from './judgement/judged-addresses.ts';
import type { FailedEndpoints } from './failed-endpoints.ts';
import {
  type SharedPool,
  SharedPools,
  type SharedTickets,
  type Tickets,
  WILDCARDS,
} from './shared-pools.ts';
import type { PortSet } from './tables/port-set.ts';

/** What bind pools need beside the census. */
export interface BindContext {
  /** Those of the wildcards, kept from poll to poll. */
  readonly tickets: SharedTickets;
  readonly failed?: FailedEndpoints;
}

/**
 * The pools of TCP sockets that are bound without a port, before a `connect()` or for themselves
 * (`inet_csk_get_port` in net/ipv4/inet_connection_sock.c):
 *
 * - one per family for the wildcard address, which needs a port that no TCP socket has, TIME_WAIT included; for
 *   `0.0.0.0` v6only sockets do not count
 * - one for each local address at which a `bind()` was found to choose ports: it needs a port that no socket of this
 *   address, and none of a wildcard address, has; it comes back when the last TIME_WAIT of the address on it ends
 *
 * `census` must be finished.
 */
export function bindPools(
  census: TcpCensus,
  families: readonly Family[],
  namespaceId: number,
  { tickets, failed }: BindContext,
): SharedPools {
  const { budget, bindConflicts, boundAddresses } = census;
  const wildcards = families.map((family) => {
    const failures = failed?.bindsOf(WILDCARDS[family]);
    return { ...poolOf(census, family, bindConflicts[family]), isHidden: true, failures };
  });
  const addresses = boundAddresses.map((address) => ({
    ...poolOf(census, address.family, bindConflicts.takenAt(address)),
    localAddress: address.text,
    failures: failed?.bindsOf(address.text),
    returning: address.returns.byPeriod(budget.usable, bindConflicts.wildcard[address.family]),
  }));
  const identity = { namespaceId, kind: 'bind', protocol: 'tcp' };
  const all = new BindTickets(tickets, wildcards.length, boundAddresses);
  return new SharedPools(identity, [...wildcards, ...addresses], all);
}

function poolOf({ budget }: TcpCensus, family: Family, taken: PortSet): SharedPool {
  const held = taken.intersectionSize(budget.usable);
  return { family, capacity: budget.usableSize, held, taken: held, established: 0 };
}

/** The tickets of the wildcards, then those of the local addresses. */
class BindTickets implements Tickets {
  readonly #wildcards: SharedTickets;
  readonly #size: number;
  readonly #addresses: readonly JudgedAddress[];

  constructor(wildcards: SharedTickets, size: number, addresses: readonly JudgedAddress[]) {
    this.#wildcards = wildcards;
    this.#size = size;
    this.#addresses = addresses;
  }

  at(index: number): number {
    if (index < this.#size) return this.#wildcards.at(index);
    return this.#addresses[index - this.#size]?.ticket ?? 0;
  }

  set(index: number, ticket: number): void {
    const address = this.#addresses[index - this.#size];
    if (address === undefined) this.#wildcards.set(index, ticket);
    else address.ticket = ticket;
  }
}
