import { join } from 'node:path';
import { KernelFileError, readKernelFile } from './kernel-file.ts';
import { wholeNumber } from '../whole-number.ts';

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
  const paths = [join(directory, 'sockstat'), join(directory, 'sockstat6')] as const;
  const [ipv4, ipv6] = [readKernelFile(paths[0]) ?? '', readKernelFile(paths[1]) ?? ''];
  const [of4, of6] = [counter(paths[0], ipv4), counter(paths[1], ipv6)];
  return {
    tcpInUse: of4(TCP_IN_USE) + of6(TCP6_IN_USE),
    timeWait: of4(TIME_WAIT),
    udpInUse: of4(UDP_IN_USE) + of6(UDP6_IN_USE),
  };
}

const TCP_IN_USE = /^TCP: (?:.* )?inuse (\d+)/m;
const TCP6_IN_USE = /^TCP6: (?:.* )?inuse (\d+)/m;
const TIME_WAIT = /^TCP: (?:.* )?tw (\d+)/m;
const UDP_IN_USE = /^UDP: (?:.* )?inuse (\d+)/m;
const UDP6_IN_USE = /^UDP6: (?:.* )?inuse (\d+)/m;

function counter(path: string, text: string): (pattern: RegExp) => number {
  return (pattern) => {
    const found = pattern.exec(text)?.[1] ?? '0';
    const number = wholeNumber(found);
    if (number !== undefined) return number;
    throw new KernelFileError(path, `expected a number of sockets, found ${found.slice(0, 60)}`);
  };
}
