import type { PortRange } from '../proc/sysctl.ts';
import type { RowVisitor } from '../socket-row.ts';
import { BpfError } from './bpf-object.ts';
import { TcpIterator } from './tcp-iterator.ts';
import { TcpWalk } from './tcp-walk.ts';

/**
 * Lists TCP sockets by a BPF program: who owns the port of each, as its bind bucket says. One serves all network namespaces:
 * each pass is over the one that this thread is in. Nothing of it is pinned: it ends with its descriptors.
 */
export interface TcpRows {
  /**
   * Visits each listener, and then each other socket with a local port in `range`; returns how many. Throws `BpfError`.
   */
  readonly read: (visit: RowVisitor, range: PortRange) => number;
  readonly close: () => void;
}

/** The programs, the quicker one first. */
const PROGRAMS: readonly (() => TcpRows)[] = [() => TcpWalk.open(), () => TcpIterator.open()];

/**
 * The first program that this kernel lets in. The walk depends on how the kernel arranges its tables, the iterator does not.
 * Throws `BpfError` where that is none.
 */
export function openTcpRows(programs = PROGRAMS): TcpRows {
  const [first, ...others] = programs;
  if (first === undefined) throw new BpfError('BPF', 'there is no program');
  try {
    return first();
  } catch (error) {
    if (!(error instanceof BpfError) || others.length === 0) throw error;
    return openTcpRows(others);
  }
}
