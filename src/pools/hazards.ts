import type { PortRange } from '../kernel/proc/sysctl.ts';
import type { TcpCensus } from './census/tcp-census.ts';

/** Things about a namespace that cost ports or surprise people; counts, 0 where all is well. */
export interface Hazards {
  /** Ports of the range that a listener owns. */
  readonly listenerInRange: number;
  /** Sockets connected to themselves: `connect()` was given the port it connected to. */
  readonly selfConnection: number;
  /** 1 where both ends of the range have one parity: each `connect()` then looks at one port less. */
  readonly sameParityRange: number;
  /** Ports of the range below 1024, or listened on below 32768, where services live. */
  readonly rangeOverServices: number;
  /** 1 where the range is another than the host's: a widened host range does not reach this namespace. */
  readonly rangeDiffersFromHost: number;
}

const PRIVILEGED = 1024;
const DEFAULT_LOW = 32_768;

/** `hostRange` is undefined where it, or that of the census, is not known. */
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
