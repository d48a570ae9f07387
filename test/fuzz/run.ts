import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Find, Orders, Report } from './worker.ts';

/**
 * `npm run fuzz`: made-up inputs for every parser, for FUZZ_SECONDS (60). Prints a table, and what was found with the seed
 * and the number of the input; ends with 1 where that is anything. FUZZ_SEED plays a run again.
 */

const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 60);
const SEED = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);
const WORKERS = Number(process.env['FUZZ_WORKERS'] ?? availableParallelism());

/** No input takes so long, however busy the machine is: then it hangs. */
const HANG_MS = 20_000;

function fuzz(seed: number): Promise<readonly Report[]> {
  const progress = new Int32Array(new SharedArrayBuffer(8));
  const orders: Orders = { seed, untilMs: Date.now() + SECONDS * 1000, progress };
  const worker = new Worker(new URL('./worker.js', import.meta.url), { workerData: orders });
  return new Promise((resolve, reject) => {
    let last = '';
    const watch = setInterval(() => {
      const now = progress.join();
      if (now === last) void hangs(seed, progress).then(reject);
      last = now;
    }, HANG_MS);
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => {
      clearInterval(watch);
    });
  });
}

async function hangs(seed: number, [target = 0, input]: Int32Array): Promise<Error> {
  const { TARGETS } = await import('./targets.ts');
  return new Error(`${TARGETS[target]?.name}, seed ${seed}, input ${input}: hangs`);
}

interface Sum {
  readonly target: string;
  readonly inputs: number;
  readonly slowestMs: number;
  readonly finds: readonly Find[];
}

function summed(all: readonly (readonly Report[])[]): readonly Sum[] {
  const [first = []] = all;
  return first.map(({ target }, number) => {
    const reports = all.flatMap((each) => each[number] ?? []);
    return {
      target,
      inputs: reports.reduce((sum, { inputs }) => sum + inputs, 0),
      slowestMs: Math.max(...reports.map(({ slowestMs }) => slowestMs)),
      finds: reports.flatMap(({ finds }) => finds),
    };
  });
}

/** A table in Markdown, for the README of this folder. */
function table(sums: readonly Sum[]): string {
  const rows = sums.map(
    ({ target, inputs, slowestMs, finds }) =>
      `| ${target} | ${inputs.toLocaleString('en')} | ${finds.length} | ${Math.ceil(slowestMs)} ms |`,
  );
  return ['| parser | inputs | finds | slowest |', '|---|---|---|---|', ...rows].join('\n');
}

const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'epe-fuzz-'));
process.env['FUZZ_FOLDER'] = folder;
process.on('exit', () => {
  rmSync(folder, { recursive: true });
});
const seeds = Array.from({ length: WORKERS }, (_, worker) => SEED + worker);
const sums = summed(await Promise.all(seeds.map(fuzz)));
const inputs = sums.reduce((sum, each) => sum + each.inputs, 0);
const finds = sums.reduce((sum, each) => sum + each.finds.length, 0);
process.stdout.write(`${table(sums)}\n\n`);
for (const { target, finds: found } of sums) {
  for (const { index, problem, input } of found) {
    process.stdout.write(`${target}, input ${index}: ${problem}\n  base64 ${input}\n`);
  }
}
process.stdout.write(
  `seed ${SEED}, ${WORKERS} threads, ${SECONDS} s: ${inputs.toLocaleString('en')} inputs, ${finds} finds\n`,
);
process.exit(finds === 0 ? 0 : 1);
