import { KernelError } from '../kernel/kernel-error.ts';
import { type HostCondition, MAX_CONDITIONS } from '../kernel/netlink/host-filter.ts';
import { SockDiagSource } from '../kernel/netlink/sock-diag-source.ts';
import { KernelFileError } from '../kernel/proc/kernel-file.ts';
import { ProcSource } from '../kernel/proc/proc-source.ts';
import type { PortRange } from '../kernel/proc/sysctl.ts';
import type { RowVisitor } from '../kernel/socket-row.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';
import type { Question } from './questions.ts';

/** Pools that are asked for in one pass over the sockets. */
export const MAX_QUESTIONS = MAX_CONDITIONS;

/**
 * Visits the sockets of a namespace that the questions, which are of one protocol, may be about; others may be among them.
 * netlink is asked whichever source is polled, for only it tells the cgroup; /proc is read where this thread is not in
 * the namespace, or netlink fails. Throws `KernelError`. `restart` is called before another source is read.
 */
export function readRows(
  view: NetnsView,
  range: PortRange,
  questions: readonly Question[],
  visit: RowVisitor,
  restart: () => void,
): void {
  if (view.sockets !== 'none') {
    try {
      readNetlink(view, range, questions, visit);
      return;
    } catch (error) {
      if (!(error instanceof KernelError) || error instanceof KernelFileError) throw error;
      restart();
    }
  }
  const source = new ProcSource(view.net);
  if (questions[0]?.protocol === 'udp') source.readUdp(visit);
  else source.readTcp(visit);
}

function readNetlink(
  { net }: NetnsView,
  range: PortRange,
  questions: readonly Question[],
  visit: RowVisitor,
): void {
  const source = SockDiagSource.open(net);
  try {
    if (questions[0]?.protocol === 'udp') source.readUdp(visit, range);
    else readTcp(source, range, questions, visit);
  } finally {
    source.close();
  }
}

function readTcp(
  source: SockDiagSource,
  range: PortRange,
  questions: readonly Question[],
  visit: RowVisitor,
): void {
  const hosts: HostCondition[] = [];
  for (const { condition } of questions) if (condition !== undefined) hosts.push(condition);
  if (hosts.length === questions.length) source.readTcpOf(hosts, visit);
  else source.readTcp(visit, range, true);
}
