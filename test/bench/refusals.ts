import { Child } from './child.ts';
import type { Cost } from './cost.ts';
import { ms, type Question } from './question.ts';
import { compare, type Pair, type Side } from './rounds.ts';

/** Calls in a round: as many as a client in trouble makes in a second. */
const CALLS = 10_000;
const ROUNDS = 15;

/** What it costs a client that its refused connects are counted. */
export function refusedConnects(wanted: number): Question {
  return {
    id: 'failures-10k',
    question: `${CALLS.toLocaleString('en')} refused connects of a client, as fast as it can, range of 100: counted, against not counted`,
    wanted: `≤ +${wanted} %`,
    source: 'bpf',
    answer: async (grounds) => {
      await grounds.enter('idle');
      const { medians, ratio, ratios } = await compare(start, ROUNDS);
      const percent = (each: number): string => (100 * (each - 1)).toFixed(1);
      const each = (1000 * (medians[0] - medians[1])) / CALLS;
      return {
        measured: `${ms(medians[0])} : ${ms(medians[1])} (${each.toFixed(2)} µs a refused call; runs: ${ratios.map(percent).join(', ')} %)`,
        ratio: `+${percent(ratio)} %`,
        reached: 100 * (ratio - 1) <= wanted,
      };
    },
  };
}

function start(): Promise<Pair> {
  const host = Child.script('refusals-host', CALLS);
  const side = (work: string): Side => {
    return async () => ((await host.ask(work)) as Cost).wallMs;
  };
  return Promise.resolve({ sides: [side('counted'), side('plain')], end: () => host.end() });
}
