import { join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';

/** Hashed sockets of a namespace, from `net/sockstat` and `net/sockstat6` (net/ipv4/proc.c). */
export interface SocketCounts {
  /** TCP sockets, both families, without TIME_WAIT. */
  readonly tcpInUse: number;
  /** TIME_WAIT sockets and timed FIN_WAIT2, both families. */
  readonly timeWait: number;
  /** UDP sockets, both families. */
  readonly udpInUse: number;
}

/** Counts of one namespace; zero for what this kernel does not show. Throws `KernelFileError`. */
export function readSocketCounts(directory: string): SocketCounts {
  const ipv4 = readKernelFile(join(directory, 'sockstat')) ?? '';
  const ipv6 = readKernelFile(join(directory, 'sockstat6')) ?? '';
  return {
    tcpInUse: field(ipv4, 'TCP', 'inuse') + field(ipv6, 'TCP6', 'inuse'),
    timeWait: field(ipv4, 'TCP', 'tw'),
    udpInUse: field(ipv4, 'UDP', 'inuse') + field(ipv6, 'UDP6', 'inuse'),
  };
}

function field(text: string, protocol: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${protocol}: `)) ?? '';
  const words = line.split(' ');
  const at = words.indexOf(name);
  return at < 0 ? 0 : Number(words[at + 1] ?? 0);
}
