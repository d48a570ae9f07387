import type { Family } from '../kernel/address.ts';
import type { TcpCensus } from './census/tcp-census.ts';
import { SharedPools, type SharedTickets } from './shared-pools.ts';

/**
 * The TCP `bind(0)` pools, one per family: a bind to a wildcard address that names no port needs a port that no
 * TCP socket has, TIME_WAIT included. For `0.0.0.0` v6only sockets do not count (`inet_csk_get_port` in
 * net/ipv4/inet_connection_sock.c). `census` must be finished; `tickets` are kept from poll to poll.
 */
export function bindPools(
  census: TcpCensus,
  families: readonly Family[],
  namespaceId: number,
  tickets: SharedTickets,
): SharedPools {
  const { usable } = census.budget;
  const pools = families.map((family) => {
    const held = census.bindConflicts[family].intersectionSize(usable);
    return { family, capacity: census.budget.usableSize, held, taken: held, established: 0 };
  });
  return new SharedPools({ namespaceId, kind: 'bind', protocol: 'tcp' }, pools, tickets);
}
