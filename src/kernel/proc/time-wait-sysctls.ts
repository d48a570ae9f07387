import { join } from 'node:path';
import { readNumberFile } from './number-file.ts';

/** Settings that decide how long closed connections hold their ports, and how many may; no poll needs them. */
export interface TimeWaitSysctls {
  /** `tcp_fin_timeout`: how long an orphaned FIN_WAIT2 is kept, in seconds; undefined where the kernel has no such file. */
  readonly finTimeoutSeconds: number | undefined;
  /** `tcp_max_tw_buckets`: TIME_WAITs beyond it are dropped. */
  readonly maxTimeWaits: number | undefined;
}

/**
 * Of the reader's own network namespace (`ipv4_net_table` in net/ipv4/sysctl_net_ipv4.c); `directory` is a procfs `sys/net` directory.
 * Throws `KernelFileError`.
 */
export function readTimeWaitSysctls(directory: string): TimeWaitSysctls {
  return {
    finTimeoutSeconds: readNumberFile(join(directory, 'ipv4/tcp_fin_timeout')),
    maxTimeWaits: readNumberFile(join(directory, 'ipv4/tcp_max_tw_buckets')),
  };
}
