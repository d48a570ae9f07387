import { createRequire } from 'node:module';
import { readdirSync, readFileSync } from 'node:fs';
import type { Koffi } from '../../src/kernel/koffi.ts';

const koffi = createRequire(import.meta.url)('koffi') as Koffi;

let next: ((id: number, into: Uint32Array) => number) | undefined;

/** The numbers of the BPF programs that a process has attached, as its descriptors say. */
export function programsOf(pid: number | 'self'): readonly number[] {
  const folder = `/proc/${pid}/fdinfo`;
  const ids = readdirSync(folder).flatMap((fd) => {
    try {
      return Number(/^prog_id:\s*(\d+)$/m.exec(readFileSync(`${folder}/${fd}`, 'utf8'))?.[1] ?? 0);
    } catch {
      // It was closed meanwhile.
      return 0;
    }
  });
  return ids.filter((id) => id > 0);
}

/** Those of the programs that the kernel still has. Needs CAP_SYS_ADMIN. */
export function stillLoaded(ids: readonly number[]): readonly number[] {
  next ??= koffi.load('libbpf.so.1').func('int bpf_prog_get_next_id(uint32_t, uint32_t *)');
  const found = new Uint32Array(1);
  const ask = next;
  return ids.filter((id) => ask(id - 1, found) === 0 && found[0] === id);
}
