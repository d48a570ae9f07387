import { join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';

/** Numbers of sockets in one namespace (`sockstat_seq_show` in net/ipv4/proc.c, `sockstat6_seq_show` in net/ipv6/proc.c). */
export interface SocketCounts {
  /** TCP sockets, both families, without TIME_WAIT. */
  readonly tcpInUse: number;
  /** TIME_WAIT sockets and timed FIN_WAIT2, both families. */
  readonly timeWait: number;
  /** UDP sockets, both families. */
  readonly udpInUse: number;
}

/**
 * Counts of one namespace, from `sockstat` and `sockstat6` in `directory`, a procfs `net` directory. 0 for
 * what this kernel does not show. Throws `KernelFileError`.
 */
export function readSocketCounts(directory: string): SocketCounts {
  const ipv4 = readKernelFile(join(directory, 'sockstat')) ?? '';
  const ipv6 = readKernelFile(join(directory, 'sockstat6')) ?? '';
  return {
    tcpInUse: count(TCP_IN_USE, ipv4) + count(TCP6_IN_USE, ipv6),
    timeWait: count(TIME_WAIT, ipv4),
    udpInUse: count(UDP_IN_USE, ipv4) + count(UDP6_IN_USE, ipv6),
  };
}

const TCP_IN_USE = /^TCP: (?:.* )?inuse (\d+)/m;
const TCP6_IN_USE = /^TCP6: (?:.* )?inuse (\d+)/m;
const TIME_WAIT = /^TCP: (?:.* )?tw (\d+)/m;
const UDP_IN_USE = /^UDP: (?:.* )?inuse (\d+)/m;
const UDP6_IN_USE = /^UDP6: (?:.* )?inuse (\d+)/m;

function count(pattern: RegExp, text: string): number {
  return Number(pattern.exec(text)?.[1] ?? 0);
}
