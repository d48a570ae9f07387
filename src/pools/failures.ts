import type { RefusedCall } from '../kernel/bpf/failure-program.ts';
import type { SocketRow } from '../kernel/socket-row.ts';

/** Calls that the kernel refused for lack of a port, since the exporter began to count. */
export interface PoolFailures {
  readonly total: number;
  /** Of them, those of the last 60 seconds. */
  readonly lastMinute: number;
  /** Whether one was refused in the last ten minutes. */
  readonly isRecent: boolean;
  /** Those with most of them first; a program that has ended is among them. */
  readonly processes: readonly FailedProcess[];
}

/** A process whose calls were refused. */
export interface FailedProcess {
  readonly pid: number;
  /** As the process says: it may hold any character. */
  readonly command: string;
  readonly failures: number;
}

/** The refused calls of one endpoint, or of one local address where they are binds. */
export interface EndpointFailures extends PoolFailures {
  readonly call: RefusedCall;
  /** Its local end, and for a connect the remote one. */
  readonly row: SocketRow;
}

/** Refused calls, by the call. */
export interface CallFailures {
  readonly connect: number;
  /** Undefined where this kernel does not let them be counted. */
  readonly bind: number | undefined;
}

/** The refused calls of one namespace. */
export interface NamespaceFailures extends CallFailures {
  /** As far as there was room for them. */
  readonly endpoints: readonly EndpointFailures[];
}

export const NO_FAILURES: PoolFailures = {
  total: 0,
  lastMinute: 0,
  isRecent: false,
  processes: [],
};
