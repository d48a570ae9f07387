import { readKernelFile } from '../proc/kernel-file.ts';
import { BpfError } from './bpf-object.ts';

const FIN_TIMEOUT = '/proc/sys/net/ipv4/tcp_fin_timeout';

/**
 * Jiffies of a second. `finTimeout` is what sysctl tcp_fin_timeout of this thread's namespace is in jiffies, as the kernel keeps
 * it; it shows it in seconds. Throws `BpfError`, `KernelFileError`.
 */
export function jiffiesPerSecond(finTimeout: number): number {
  const hertz = finTimeout / Number(readKernelFile(FIN_TIMEOUT));
  if (Number.isInteger(hertz) && hertz > 0) return hertz;
  throw new BpfError('BPF program', `cannot tell how long a jiffy is (${hertz} a second)`);
}
