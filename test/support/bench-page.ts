import { readFileSync } from 'node:fs';

const PAGE = new URL('../bench/README.md', import.meta.url);

/** What the page of the benchmarks says was measured; `megabytes` is the first number of them, or NaN. */
export interface BenchRow {
  readonly name: string;
  readonly measured: string;
  readonly megabytes: number;
}

/** The rows whose name matches. */
export function rowsOf(pattern: RegExp): readonly BenchRow[] {
  const rows = readFileSync(PAGE, 'utf8').matchAll(/^\| `(\S+)` *\| [^|]* \| ([^|]*) \|/gm);
  return Array.from(rows, ([, name = '', measured = '']) => ({
    name,
    measured,
    megabytes: Number(/(\d+) MB/.exec(measured)?.[1]),
  })).filter(({ name }) => pattern.test(name));
}
