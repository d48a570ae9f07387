import type { ConnectPools } from './connect.ts';
import { SharedPools, type SharedTickets } from './shared-pools.ts';

/**
 * The pool of the whole range of a namespace: the ports that `connect()` may use towards anybody. Held are those that a
 * `bind()` owns, of a listener or before a `connect()`; when all are, no `connect()` succeeds, whatever its destination.
 * `usable` are the ports of the range that are not reserved; `tickets` are kept from poll to poll.
 */
export function rangePool(
  { blocked }: ConnectPools,
  usable: number,
  namespaceId: number,
  tickets: SharedTickets,
): SharedPools {
  const pool = { family: 'any', capacity: usable, held: blocked, taken: blocked } as const;
  const identity = { namespaceId, kind: 'range', protocol: 'tcp' };
  return new SharedPools(identity, [{ ...pool, established: 0 }], tickets);
}
