import type { PortSet } from '../tables/port-set.ts';

/**
 * What a known service port is: *safe*, because `connect()` never picks it; *exposed*, in the range and not reserved;
 * *taken*, nobody listens and an outbound socket has it, so that the service cannot start.
 */
export const SERVICE_PORT_STATUSES = ['safe', 'exposed', 'taken'] as const;
export type ServicePortStatus = (typeof SERVICE_PORT_STATUSES)[number];

/** An outbound socket that has the port of a service. */
export interface PortHolder {
  /** Canonical text. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Seconds until its TIME_WAIT ends, timer slack included; undefined while nobody knows when it lets go. */
  readonly freeInSeconds: number | undefined;
}

/** A service port that is taken. Of several sockets that have it, the holder is one that goes last. */
export interface TakenPort extends PortHolder {
  readonly port: number;
}

/** The service ports of one namespace at one poll; there is at least one. */
export interface ServiceReading {
  readonly counts: Readonly<Record<ServicePortStatus, number>>;
  readonly takenPorts: PortSet;
  /** The lowest of them, `MAX_TAKEN` at most. */
  readonly taken: readonly TakenPort[];
  /** Exposed or taken, those that are reserved by now among them. */
  readonly unsafePorts: PortSet;
}

/** Taken ports of which the holder is said, in a namespace and on a node: the contract of the metric. */
export const MAX_TAKEN = 20;
