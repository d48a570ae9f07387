import { Child } from './child.ts';
import type { Cost } from './cost.ts';
import type { FlooredSource } from './floor.ts';
import type { PopulationName } from './population.ts';
import { type Answer, ms, type Question } from './question.ts';
import { compare, type Comparison, type Pair, type Side } from './rounds.ts';
import type { Source } from './source.ts';

/** A poll beside its floor, in one process: the same buffers, the same compiled code, the same heap. */
export function againstFloor(
  population: PopulationName,
  source: FlooredSource,
  wanted: number,
): Question {
  const asked = source === 'proc' ? 'reads' : 'dumps';
  return {
    id: `poll-${population}-${source}`,
    question: `one poll by ${source} against the same ${asked} with the bytes thrown away, ${population} sockets`,
    wanted: `≤ ${wanted}×`,
    source,
    answer: async (grounds) => {
      await grounds.enter(population);
      const start = (): Promise<Pair> => {
        const poller = new PollerProcess(source);
        const sides = [poller.side('poll'), poller.side('floor')] as const;
        return Promise.resolve({ sides, end: () => poller.end() });
      };
      return judge(await compare(start), wanted);
    },
  };
}

/** Polls, in the namespace that this thread was in when it started. */
export class PollerProcess {
  readonly #child: Child;

  constructor(source: Source) {
    this.#child = Child.script('poller', source);
  }

  side(work: 'poll' | 'floor'): Side {
    return async () => (await this.cost(work)).wallMs;
  }

  async cost(work: 'poll' | 'floor'): Promise<Cost> {
    return (await this.#child.ask(work)) as Cost;
  }

  end(): Promise<void> {
    return this.#child.end();
  }
}

export function judge({ medians, ratio, ratios }: Comparison, wanted: number, more = ''): Answer {
  const runs = ratios.map((each) => each.toFixed(2)).join(', ');
  return {
    measured: `${ms(medians[0])} : ${ms(medians[1])}${more} (runs: ${runs})`,
    ratio: `${ratio.toFixed(2)}×`,
    reached: ratio <= wanted,
  };
}
