import { spawnSync } from 'node:child_process';
import { Exporter, MAIN } from './exporter.ts';
import { ms, type Question } from './question.ts';
import { median } from './rounds.ts';

/** From the start of the process to a page that a poll has filled. */
export function startToPage(wanted: number, source: string): Question {
  const start = async (): Promise<number> => {
    const startMs = performance.now();
    const exporter = new Exporter([`--poll.source=${source}`]);
    await exporter.page();
    const tookMs = performance.now() - startMs;
    await exporter.stop();
    return tookMs;
  };
  return startup('start-daemon', 'start to the first good `/metrics`', wanted, 7, start);
}

/** From the start of the process to its end. */
export function startToEnd(wanted: number, source: string): Question {
  const args = [MAIN, '--once', '--once.format=metrics', `--poll.source=${source}`];
  const run = (): Promise<number> => {
    const startMs = performance.now();
    const { status } = spawnSync(process.execPath, args, { stdio: 'ignore' });
    if (status !== 0) throw new Error(`--once ended with ${status}`);
    return Promise.resolve(performance.now() - startMs);
  };
  return startup('start-once', '`--once`, from start to end', wanted, 11, run);
}

function startup(
  id: string,
  question: string,
  wanted: number,
  runs: number,
  run: () => Promise<number>,
): Question {
  return {
    id,
    question: `${question}, idle host`,
    wanted: `≤ ${wanted} ms`,
    answer: async (grounds) => {
      await grounds.enter('idle');
      const times: number[] = [];
      for (let done = 0; done < runs; done += 1) times.push(await run());
      const middle = median(times);
      return {
        measured: `${ms(middle)} (${ms(Math.min(...times))} to ${ms(Math.max(...times))}, ${runs} runs)`,
        ratio: '',
        reached: middle <= wanted,
      };
    },
  };
}
