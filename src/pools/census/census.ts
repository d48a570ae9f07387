import type { SocketSource } from '../../kernel/socket-row.ts';
import type { SocketCounts } from '../../kernel/proc/net/net-sockstat.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import type { NamespaceFailures } from '../failures.ts';
import type { PoolView } from '../pool-view.ts';
import type { PortBudget } from '../port-budget.ts';
import type { Services } from '../services/services.ts';

/** What a census of one namespace reads and needs at one poll. */
export interface CensusInput {
  /** The namespace's procfs `net` directory. */
  readonly net: string;
  readonly source: SocketSource;
  readonly settings: PortSettings;
  readonly budget: PortBudget;
  /** Monotonic. */
  readonly nowMs: number;
  /** Refused calls of the namespace; undefined where they are not counted. */
  readonly failures?: NamespaceFailures | undefined;
  /** The service ports of the namespace, where they are asked for. */
  readonly services?: Services;
}

/** The pools that one pass over the sockets of a protocol found. */
export interface CensusReading {
  /** One for each kind that the census counts. */
  readonly views: readonly PoolView[];
  /** Socket rows read, and those that were cut or unreadable. */
  readonly rows: number;
  readonly malformedRows: number;
  /** Called once everything else in the namespace was read without an error: the next poll builds on this one. */
  finish?(): void;
}

/** Counts the sockets of one protocol in one namespace, and remembers what the next poll must know. */
export interface CensusReader {
  /** Undefined where the kernel does not have the protocol. Throws `KernelError`. */
  read(input: CensusInput): CensusReading | undefined;
}

/** How the sockets of one protocol are counted; several kinds of pools may come out of one census. */
export interface Census {
  /** The part of the poll that it is (src/scan/parts.ts). */
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  /** Makes the reader of one namespace; `namespaceId` is the exporter's number for it. */
  readonly open: (namespaceId: number) => CensusReader;
  /**
   * An upper bound of the sockets that the census would count, found without reading a socket table; undefined
   * where there is none. `net` is the namespace's procfs `net` directory. Throws `KernelError`.
   */
  readonly socketsAtMost: (net: string, counts: SocketCounts) => number | undefined;
  /** Whether a port can stay held after its socket has left the numbers that `socketsAtMost` is made from. */
  readonly outlivesSockets?: boolean;
}
