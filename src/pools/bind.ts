import type { Family } from '../kernel/address.ts';
import type { PoolUsage } from './pool.ts';
import { namespacePool } from './shared-pools.ts';
import type { TcpCensus } from './census/tcp-census.ts';

/**
 * The TCP `bind(0)` pool of one family: a wildcard bind needs a port that no TCP socket has. For
 * `0.0.0.0` v6only sockets do not count (`inet_csk_get_port` in net/ipv4/inet_connection_sock.c).
 */
export function bindPool(census: TcpCensus, family: Family, namespaceId: number): PoolUsage {
  const { usable } = census.budget;
  const bindConflicts = family === 'ipv4' ? census.bindConflicts.ipv4 : census.bindConflicts.ipv6;
  const held = bindConflicts.intersection(usable).size;
  return namespacePool(
    { namespaceId, kind: 'bind', protocol: 'tcp', family },
    {
      capacity: usable.size,
      held,
      taken: held,
      established: 0,
    },
  );
}
