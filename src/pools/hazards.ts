import type { PortRange } from '../kernel/proc/sysctl.ts';
import type { TcpCensus } from './census/tcp-census.ts';

/** Peculiarities of a namespace that cost ports or mislead; counts, 0 where there is none. */
export interface Hazards {
  /** Ports of the range that a listener owns. */
  readonly listenerInRange: number;
  /** Sockets connected to themselves: the kernel picked the port that they connect to as their source port. */
  readonly selfConnection: number;
  /**
   * 1 where both ends of the range have the same parity: each `connect()` then looks at one port less
   * (`__inet_hash_connect` in net/ipv4/inet_hashtables.c).
   */
  readonly sameParityRange: number;
  /** Ports of the range below 1024, and those below 32768 with a listener: ports that services use. */
  readonly rangeOverServices: number;
  /** 1 where the range is not the host's: each namespace has a range of its own. */
  readonly rangeDiffersFromHost: number;
}

/** Binding a port below this is privileged by default (`PROT_SOCK` in include/net/sock.h). */
const PRIVILEGED = 1024;
/** The low end of the kernel's default range (`inet_init_net` in net/ipv4/af_inet.c). */
const DEFAULT_LOW = 32_768;

/**
 * `census` must be finished. `hostRange` is undefined where the range of the host or of the census's namespace is
 * not known; `rangeDiffersFromHost` is then 0.
 */
export function findHazards(census: TcpCensus, hostRange: PortRange | undefined): Hazards {
  const { range, usable } = census.budget;
  const { low, high } = hostRange ?? range;
  const listeners = census.listening.intersection(usable);
  const isService = (port: number): boolean => port < PRIVILEGED || listeners.has(port);
  let services = 0;
  for (let port = range.low; port <= range.high && port < DEFAULT_LOW; port += 1) {
    if (usable.has(port) && isService(port)) services += 1;
  }
  return {
    listenerInRange: listeners.size,
    selfConnection: census.selfConnections,
    sameParityRange: Number(range.low !== range.high && ((range.high - range.low) & 1) === 0),
    rangeOverServices: services,
    rangeDiffersFromHost: Number(range.low !== low || range.high !== high),
  };
}
