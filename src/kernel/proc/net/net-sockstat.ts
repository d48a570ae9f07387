import { join } from 'node:path';
import { KernelFileError, readKernelFile } from '../kernel-file.ts';
import { wholeNumber } from '../../whole-number.ts';

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
 * Counts of one namespace, from `sockstat` and `sockstat6` in `directory`, a procfs `net` directory. A kernel without
 * IPv6 has no `sockstat6`. Throws `KernelFileError`, also where a count is not there: it is not 0 then.
 */
export function readSocketCounts(directory: string): SocketCounts {
  const path = join(directory, 'sockstat');
  const path6 = join(directory, 'sockstat6');
  const ipv4 = readKernelFile(path) ?? '';
  const ipv6 = readKernelFile(path6) ?? NO_IPV6;
  return {
    tcpInUse: count(TCP_IN_USE, ipv4, path) + count(TCP6_IN_USE, ipv6, path6),
    timeWait: count(TIME_WAIT, ipv4, path),
    udpInUse: count(UDP_IN_USE, ipv4, path) + count(UDP6_IN_USE, ipv6, path6),
  };
}

const NO_IPV6 = 'TCP6: inuse 0\nUDP6: inuse 0\n';

const TCP_IN_USE = /^TCP: (?:.* )?inuse (\d+)/m;
const TCP6_IN_USE = /^TCP6: (?:.* )?inuse (\d+)/m;
const TIME_WAIT = /^TCP: (?:.* )?tw (\d+)/m;
const UDP_IN_USE = /^UDP: (?:.* )?inuse (\d+)/m;
const UDP6_IN_USE = /^UDP6: (?:.* )?inuse (\d+)/m;

function count(pattern: RegExp, text: string, path: string): number {
  const number = wholeNumber(pattern.exec(text)?.[1]);
  if (number !== undefined) return number;
  const [protocol = ''] = /[A-Z]+6?/.exec(pattern.source) ?? [];
  throw new KernelFileError(path, `expected the numbers of sockets of ${protocol}`);
}
