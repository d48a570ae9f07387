import { readSctpSockets } from '../../kernel/proc/net-protocols.ts';
import { readSctp, type SctpReading } from '../../kernel/proc/net-sctp.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import { SctpCensus } from './sctp-census.ts';

/** SCTP of one namespace at one poll. */
export interface SctpPoll {
  readonly census: SctpCensus;
  readonly table: SctpReading;
}

/**
 * Counts the SCTP ports of one namespace; undefined where its kernel has no SCTP. Neither source of TCP
 * rows matters: netlink (`sctp_diag`) walks the same two tables. Throws `KernelFileError`.
 */
export function readSctpCensus(net: string, settings: PortSettings): SctpPoll | undefined {
  const census = new SctpCensus(settings);
  const table = readSctp(net, (port, associated) => {
    census.visit(port, associated);
  });
  if (table === undefined) return undefined;
  census.sockets = readSctpSockets(net);
  return { census, table };
}
