import type { PoolUsage } from './pool.ts';

/** `10.0.0.2:5432` or `[fd00::2]:5432`. */
export function remoteOf({ family, remoteAddress, remotePort }: PoolUsage): string {
  return family === 'ipv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

/** What to do about an endpoint, by the socket state that most of its held ports are in. */
const STATE_REMEDIES: Readonly<Record<keyof PoolUsage['states'], string>> = {
  established:
    'Many connections are open at once: look for a leak, or bound the connection pool. More remote addresses or ports give more budgets.',
  synSent:
    'The remote end does not answer: lower the connect timeout and stop retrying in parallel.',
  timeWait:
    'Connections are opened and closed too fast: reuse them (keep-alive, a connection pool).',
  closeWait:
    'The remote end has closed and the program has not: it leaks sockets. Restarting it frees the ports.',
  other: 'Many connections are half closed: the remote end does not finish the close.',
};

/** Without timestamps at both ends no TIME_WAIT is taken over (`tcp_twsk_unique` in net/ipv4/tcp_ipv4.c). */
const REUSE_REMEDY =
  'Where both ends have TCP timestamps, sysctl net.ipv4.tcp_tw_reuse=1 lets connect() take over TIME_WAIT ports; it is set in the network namespace of the program, for a pod inside it.';

/** What to do when the connect pool of an endpoint runs out. */
export function endpointRemedy(usage: PoolUsage): string {
  const { held, bound, blocked, capacity, states } = usage;
  if (2 * bound > held) return BIND_REMEDY;
  if (blocked > capacity || held === 0)
    return 'Listeners and binds own most of the range: see who holds BOUND ports; listeners belong outside the range.';
  const names = Object.keys(STATE_REMEDIES) as (keyof PoolUsage['states'])[];
  const [most = 'established'] = names.toSorted((a, b) => states[b] - states[a]);
  const mayReuse = most === 'timeWait' && usage.reuseWouldHelp === true;
  return mayReuse ? `${STATE_REMEDIES[most]} ${REUSE_REMEDY}` : STATE_REMEDIES[most];
}

/** What to do about a program that binds a local address before it connects. */
export const BIND_REMEDY =
  'The program binds its local address before it connects: with IP_BIND_ADDRESS_NO_PORT each destination has a budget of its own. Until then further local addresses, or a wider range, give more ports; further remote addresses do not.';
