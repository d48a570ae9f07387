import type { SocketSource } from '../../kernel/socket-row.ts';
import type { SocketCounts } from '../../kernel/proc/net-sockstat.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import type { PoolView } from '../pool-view.ts';
import type { PortBudget } from '../port-budget.ts';

/** What a census of one namespace is made from, at one poll. */
export interface CensusInput {
  /** The namespace's procfs `net` directory. */
  readonly net: string;
  readonly source: SocketSource;
  readonly settings: PortSettings;
  readonly budget: PortBudget;
  /** Monotonic. */
  readonly nowMs: number;
}

/** One pass over the sockets of a protocol, as pools. */
export interface CensusReading {
  /** One for each kind that the census counts. */
  readonly views: readonly PoolView[];
  /** Socket rows read, and those that were cut or unreadable. */
  readonly rows: number;
  readonly malformedRows: number;
  /** Called when the whole namespace was read well: the next census goes on from this one. */
  finish?(): void;
}

/** Counts the sockets of one protocol in one namespace, and remembers what the next poll must know. */
export interface CensusReader {
  /** Undefined where the kernel does not have the protocol. Throws `KernelError`. */
  read(input: CensusInput): CensusReading | undefined;
}

/** A way of counting sockets; several kinds of pools may come out of one. */
export interface Census {
  /** For one life of a namespace. */
  readonly open: (namespaceId: number) => CensusReader;
  /**
   * How many sockets the census would count at most, told without reading a table; undefined where only the
   * tables tell. Throws `KernelError`.
   */
  readonly socketsAtMost: (net: string, counts: SocketCounts) => number | undefined;
  /** Whether a port can stay held after its socket is counted no more: then only the tables tell its end. */
  readonly outlivesSockets?: boolean;
}
