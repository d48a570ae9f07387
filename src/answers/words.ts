import { firstPassRatio, type PoolStateName, type PoolUsage, usageRatio } from '../pools/pool.ts';
import { HOST, type NetnsIdentity } from '../kernel/netns/netns.ts';
import type { AlertName } from '../alerts/rules.ts';

/** What a sentence about an alert needs to know of its pool. */
export interface AdvisedPool extends PoolUsage {
  readonly timeToExhaustionSeconds: number | undefined;
}

/** What is wrong, in numbers: one sentence. */
export function explain(alert: AlertName, pool: AdvisedPool): string {
  const used = `${percent(usageRatio(pool))} of ${pool.capacity} ports used, ${pool.available} left`;
  switch (alert) {
    case 'EphemeralPortsExhaustion':
      return pool.available > 0 ? used : `no port is left: connect() fails with ${errnoOf(pool)}`;
    case 'EphemeralPortsSlowConnect':
      return `connect() is slow: ${slowness(pool)} of the ports that it tries first are taken`;
    case 'EphemeralPortsForecast':
      return `no port left in about ${duration(pool.timeToExhaustionSeconds ?? 0)} at this rate: ${used}`;
    case 'EphemeralPortsUdpExhaustion':
      return `UDP sockets run out of ports: ${used}`;
    case 'EphemeralPortsBindExhaustion':
      return `bind(0) runs out of ports: ${used}`;
  }
}

/** What to do about it. */
export function remedy({ kind, held, states }: PoolUsage): string {
  if (kind !== 'connect') return KIND_REMEDIES[kind];
  if (held === 0) return 'Reserved and blocked ports leave no capacity: widen the range.';
  const names = Object.keys(STATE_REMEDIES) as PoolStateName[];
  const [most = 'established'] = names.toSorted((a, b) => states[b] - states[a]);
  return STATE_REMEDIES[most];
}

const KIND_REMEDIES: Readonly<Record<'udp' | 'bind' | 'sctp', string>> = {
  udp: 'Look for a resolver or a client that opens a socket for each request; share sockets, or widen the range.',
  bind: 'Programs that bind before they connect should use IP_BIND_ADDRESS_NO_PORT; or widen the range.',
  sctp: 'Every SCTP socket that names no port takes one for itself: share a one-to-many socket, bind ports outside the range, or widen it.',
};

/** By the state that most of the held ports are in. */
const STATE_REMEDIES: Readonly<Record<PoolStateName, string>> = {
  established:
    'Many connections are open at once: look for a leak, or bound the connection pool. More remote addresses or ports give more budgets.',
  synSent:
    'The remote end does not answer: lower the connect timeout and stop retrying in parallel.',
  timeWait:
    'Connections are opened and closed too fast: reuse them (keep-alive, a connection pool). On the host, sysctl net.ipv4.tcp_tw_reuse=1 lets connect() take over TIME_WAIT ports.',
  closeWait:
    'The remote end has closed and the program has not: it leaks sockets. Restarting it frees the ports.',
  other: 'Many connections are half closed: the remote end does not finish the close.',
};

/** `pod shop/cart-0`, `host`, or `netns 4026532281 (nginx)`. */
export function nameOfNamespace({ netns, podNamespace, podName, name }: NetnsIdentity): string {
  if (podName !== '') return `pod ${podNamespace}/${podName}`;
  if (netns === HOST) return netns;
  return `netns ${netns}${name === '' ? '' : ` (${name})`}`;
}

/** `10.0.0.1 → 10.0.0.2:5432`, or `UDP 0.0.0.0` where there is no remote end. */
export function nameOf(pool: PoolUsage): string {
  if (pool.kind === 'udp') return `UDP ${pool.localAddress}`;
  if (pool.kind === 'bind') return `bind(0) on ${pool.localAddress}`;
  if (pool.kind === 'sctp') return 'SCTP';
  return `${pool.localAddress} → ${remoteOf(pool)}`;
}

/** `10.0.0.2:5432` or `[fd00::2]:5432`. */
export function remoteOf({ family, remoteAddress, remotePort }: PoolUsage): string {
  return family === 'ipv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

/** Rounded down: 99.95% is not yet 100%. */
export function percent(ratio: number): string {
  return `${Math.floor(ratio * 1000) / 10}%`;
}

/** `45 s`, `3 min`, `2 h`. */
export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** `sctp_connect_new_asoc` in net/sctp/socket.c has an error of its own. */
function errnoOf({ kind }: PoolUsage): string {
  return kind === 'sctp' ? 'EAGAIN' : 'EADDRNOTAVAIL';
}

function slowness({ firstPass }: PoolUsage): string {
  return percent(firstPass === undefined ? 0 : firstPassRatio(firstPass));
}
