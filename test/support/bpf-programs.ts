import { createRequire } from 'node:module';
import type { Koffi } from '../../src/kernel/koffi.ts';

const koffi = createRequire(import.meta.url)('koffi') as Koffi;

let next: ((id: number, into: Uint32Array) => number) | undefined;

/** How many BPF programs the kernel has, whoever loaded them. Needs CAP_SYS_ADMIN. */
export function programsLoaded(): number {
  next ??= koffi.load('libbpf.so.1').func('int bpf_prog_get_next_id(uint32_t, uint32_t *)');
  const id = new Uint32Array(1);
  let count = 0;
  while (next(id[0] ?? 0, id) === 0) count += 1;
  return count;
}
