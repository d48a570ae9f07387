import { firstPassRatio, type PoolStateName, type PoolUsage, usageRatio } from '../pools/pool.ts';

/** Above what a pool is worth a word. */
export interface AdviceThresholds {
  readonly usageRatio: number;
  readonly firstPassRatio: number;
}

/** What to do about the state that most of the held ports are in. */
const REMEDIES: Readonly<Record<PoolStateName, string>> = {
  established:
    'Many connections are open at once: look for a leak, or bound the connection pool. ' +
    'More remote addresses or ports give more budgets.',
  synSent:
    'The remote end does not answer: lower the connect timeout and stop retrying in parallel.',
  timeWait:
    'Connections are opened and closed too fast: reuse them (keep-alive, a connection pool). ' +
    'On the host: sysctl net.ipv4.tcp_tw_reuse=1 lets connect() take over TIME_WAIT ports.',
  closeWait:
    'The remote end has closed and the program has not: it leaks sockets. Restarting it frees the ports.',
  other: 'Many connections are half closed: the remote end does not finish the close.',
};

/** One sentence of fact and one of advice for a pool in trouble; undefined for one that is well. */
export function advise(usage: PoolUsage, thresholds: AdviceThresholds): string | undefined {
  const ratio = usageRatio(usage);
  if (usage.available === 0)
    return `no port is left: connect() fails with EADDRNOTAVAIL. ${remedy(usage)}`;
  if (ratio >= thresholds.usageRatio) {
    return `${percent(ratio)} used, ${usage.available} connects left. ${slow(usage, thresholds)}${remedy(usage)}`;
  }
  const isSlow = slow(usage, thresholds);
  return isSlow === '' ? undefined : `${isSlow}${remedy(usage)}`;
}

function slow({ firstPass }: PoolUsage, thresholds: AdviceThresholds): string {
  if (firstPass === undefined || firstPassRatio(firstPass) < thresholds.firstPassRatio) return '';
  return 'connect() is slow: nearly all ports that it tries first are taken, so it scans half the range. ';
}

function remedy({ states, held }: PoolUsage): string {
  const names = Object.keys(REMEDIES) as PoolStateName[];
  const [most] = names.toSorted((a, b) => states[b] - states[a]);
  if (held === 0 || most === undefined)
    return 'Reserved and blocked ports leave no capacity: widen the range.';
  return REMEDIES[most];
}

export function percent(ratio: number): string {
  return `${Math.floor(ratio * 1000) / 10}%`;
}
