import { Child } from './child.ts';
import type { Cost } from './cost.ts';
import type { PopulationName } from './population.ts';
import { ms, type Question } from './question.ts';
import { median, takeTurns } from './rounds.ts';

/** Polls of each kind: enough that the mean of what is not done at each poll settles. */
const ROUNDS = 60;
/** The poller's clock goes on by this much from poll to poll, as in a daemon. */
const INTERVAL_MS = 5000;

/** What it costs to know who holds the ports of the exported endpoints, as a share of a core. */
export function ownersCost(population: PopulationName, wanted: number): Question {
  return {
    id: `owners-${population}`,
    question: `CPU of a poll that looks for owners, more than of one that does not, ${population} sockets, a poll in 5 s`,
    wanted: `≤ ${wanted} % of a core`,
    answer: async (grounds) => {
      await grounds.enter(population);
      const [asking, silent] = [
        Child.script('owners-host', 'auto'),
        Child.script('owners-host', 'off'),
      ];
      const cpu = (child: Child) => async (): Promise<number> =>
        ((await child.ask('poll')) as Cost).cpuMs;
      const [withOwners = [], without = []] = await takeTurns([cpu(asking), cpu(silent)], ROUNDS);
      await Promise.all([asking.end(), silent.end()]);
      const more = mean(withOwners) - mean(without);
      const percent = (100 * more) / INTERVAL_MS;
      return {
        measured: `${ms(mean(withOwners))} : ${ms(mean(without))} (means of ${ROUNDS} polls; medians ${ms(median(withOwners))} : ${ms(median(without))})`,
        ratio: `${percent.toFixed(2)} %`,
        reached: percent <= wanted,
      };
    },
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
