import type { TcpCensus } from './census/tcp-census.ts';
import type { ConnectPools } from './connect.ts';
import { SharedPools, type SharedTickets } from './shared-pools.ts';

/**
 * The pool of the whole range of a namespace: the ports that `connect()` may use towards anybody. Held are those that a
 * `bind()` owns, of a listener or before a `connect()`; when all are, no `connect()` succeeds, whatever its destination.
 * Such a port comes back when the last of the sockets goes that keep it: all that a listener accepted which has closed, or
 * those that were bound.
 *
 * `census` must be finished; `tickets` are kept from poll to poll.
 */
export function rangePool(
  census: TcpCensus,
  { blocked, blockedPorts }: ConnectPools,
  namespaceId: number,
  tickets: SharedTickets,
): SharedPools {
  const { budget, listening, boundReturns } = census;
  const returning = boundReturns.byPeriod(blockedPorts, listening);
  const pool = {
    family: 'any',
    capacity: budget.usableSize,
    held: blocked,
    taken: blocked,
    established: 0,
    returning,
  } as const;
  const identity = { namespaceId, kind: 'range', protocol: 'tcp' };
  return new SharedPools(identity, [pool], tickets);
}
