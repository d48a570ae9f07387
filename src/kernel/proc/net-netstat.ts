import { join } from 'node:path';
import { readKernelFile } from './kernel-file.ts';

/**
 * `TCPTimeWaitOverflow` of `net/netstat`: TIME_WAITs the kernel did not keep because
 * `tcp_max_tw_buckets` was reached. While it rises, closes counted from TIME_WAITs are a lower bound.
 * Undefined where this kernel does not show it. Throws `KernelFileError`.
 */
export function readTimeWaitOverflows(directory: string): number | undefined {
  const text = readKernelFile(join(directory, 'netstat')) ?? '';
  const [names, values] = text.split('\n').filter((line) => line.startsWith('TcpExt: '));
  const at = names?.split(' ').indexOf('TCPTimeWaitOverflow') ?? -1;
  const value = at < 0 ? Number.NaN : Number(values?.split(' ')[at]);
  return Number.isFinite(value) ? value : undefined;
}
