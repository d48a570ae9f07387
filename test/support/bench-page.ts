import { readFileSync } from 'node:fs';

const PAGE = new URL('../bench/README.md', import.meta.url);

/** What the page of the benchmarks says was measured. */
export interface BenchRow {
  readonly name: string;
  readonly measured: string;
}

/** The rows whose name matches. */
export function rowsOf(pattern: RegExp): readonly BenchRow[] {
  const rows = readFileSync(PAGE, 'utf8').matchAll(/^\| `(\S+)` *\| [^|]* \| ([^|]*) \|/gm);
  return Array.from(rows, ([, name = '', measured = '']) => ({ name, measured })).filter(
    ({ name }) => pattern.test(name),
  );
}
