import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the build puts the compiled programs: `bpf` beside the bundled program, or in `dist` of a checkout. */
const FOLDER = new URL(
  import.meta.url.endsWith('.ts') ? '../../../dist/bpf/' : './bpf/',
  import.meta.url,
);

/** The path of a compiled BPF program; undefined where this build has none, because there was no clang. */
export function objectFile(name: string): string | undefined {
  const path = fileURLToPath(new URL(`${name}.bpf.o`, FOLDER));
  return existsSync(path) ? path : undefined;
}
