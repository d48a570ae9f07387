import { Child } from './child.ts';
import type { Cost } from './cost.ts';
import { ms, type Question } from './question.ts';
import { median, takeTurns } from './rounds.ts';

const ROUNDS = 30;

/** What the history costs a poll, in CPU time, at which every pool is a newcomer. */
export function historyCost(pools: number, wanted: number): Question {
  return {
    id: `history-${pools}`,
    question: `CPU of the history of one poll, ${pools.toLocaleString('en')} pools that all change at each poll`,
    wanted: `≤ ${ms(wanted)}`,
    answer: async (grounds) => {
      await grounds.enter('idle');
      const host = Child.script('history-host', pools);
      const [costs = []] = await takeTurns(
        [async () => (await host.ask('record')) as Cost],
        ROUNDS,
      );
      await host.end();
      const times = costs.map(({ cpuMs }) => cpuMs);
      const middle = median(times);
      const byClock = median(costs.map(({ wallMs }) => wallMs));
      return {
        measured: `${ms(middle)} (${ms(Math.min(...times))} to ${ms(Math.max(...times))}, ${times.length} polls; by the clock ${ms(byClock)})`,
        ratio: '',
        reached: middle <= wanted,
      };
    },
  };
}
