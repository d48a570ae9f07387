import { Child } from './child.ts';
import { ms, type Question } from './question.ts';
import { median } from './rounds.ts';

/** Minutes that are watched; every tenth lists all processes. */
const MINUTES = 20;

/** What it costs to look for namespaces in which processes are, on a clock that is put forward. */
export function discovery(processes: number, wanted: number): Question {
  return {
    id: `discovery-${processes}`,
    question: `CPU of the search for namespaces a minute, ${processes} processes`,
    wanted: `≤ ${ms(wanted)}`,
    answer: async (grounds) => {
      await grounds.enter('idle');
      const host = Child.host('process-host', processes);
      await host.message();
      const minutes: number[] = [];
      await host.ask('minute');
      while (minutes.length < MINUTES) minutes.push(Number(await host.ask('minute')));
      await host.end();
      const middle = median(minutes);
      return {
        measured: `${ms(middle)} (${ms(Math.min(...minutes))} to ${ms(Math.max(...minutes))}, ${MINUTES} minutes)`,
        ratio: '',
        reached: middle <= wanted,
      };
    },
  };
}
