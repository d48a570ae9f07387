import { join } from 'node:path';
import { KernelFileError, readKernelFile } from '../kernel-file.ts';
import { readNumberFile } from '../number-file.ts';

/** What connection tracking counts in one network namespace. */
export interface Conntrack {
  /** Connections tracked now, and at most (`nf_conntrack_count`, `nf_conntrack_max`). */
  readonly entries: number;
  readonly limit: number;
  /** Connections for which NAT found no port, or that another one came before, since the module was loaded. */
  readonly insertFailed: number;
  /** Packets that were dropped because a connection could not be tracked or translated. */
  readonly dropped: number;
}

/**
 * Reads `stat/nf_conntrack`, a line of hexadecimal numbers for each processor (`ct_cpu_seq_show` in
 * net/netfilter/nf_conntrack_standalone.c), in `net`, a procfs `net` directory; and the two sysctls in `sysctl`, a procfs
 * `sys/net` directory. Undefined where the namespace tracks no connections. Throws `KernelFileError`.
 */
export function readConntrack(net: string, sysctl: string): Conntrack | undefined {
  const path = join(net, 'stat/nf_conntrack');
  const text = readKernelFile(path);
  const entries = readNumberFile(join(sysctl, 'netfilter/nf_conntrack_count'));
  const limit = readNumberFile(join(sysctl, 'netfilter/nf_conntrack_max'));
  if (text === undefined || entries === undefined || limit === undefined) return undefined;
  return { entries, limit, ...sumsOf(path, text) };
}

function sumsOf(path: string, text: string): Pick<Conntrack, 'insertFailed' | 'dropped'> {
  const [header = [], ...processors] = text
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  const sumOf = (name: string): number => {
    const column = header.indexOf(name);
    if (column < 0) throw new KernelFileError(path, `expected a column ${name}`);
    return processors.reduce((sum, cells) => sum + hexadecimal(path, cells[column]), 0);
  };
  return { insertFailed: sumOf('insert_failed'), dropped: sumOf('drop') };
}

function hexadecimal(path: string, text = ''): number {
  if (/^[0-9a-f]{1,16}$/.test(text)) return Number.parseInt(text, 16);
  throw new KernelFileError(
    path,
    `expected a hexadecimal number, found ${JSON.stringify(text.slice(0, 40))}`,
  );
}
