import { argument, serve } from './child.ts';
import { costed } from './cost.ts';
import { HistoryWork } from './history-work.ts';

/** A process that records polls in a history when it is told to. */

const work = new HistoryWork(Number(argument()));

const record = costed(() => {
  work.record();
});

serve({
  record: () => {
    const cost = record();
    work.check();
    return cost;
  },
});
