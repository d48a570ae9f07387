import type { Mutation } from './mutations.ts';

/** Errors in how connections that were opened are counted. */
export const OPENS_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'a TIME_WAIT is not among the live ports',
    file: 'pools/census/opens-counter.ts',
    find: 'table.count(id, HELD) - table.count(id, TIME_WAIT);',
    replace: 'table.count(id, HELD);',
    suite: 'oracle/opens',
  },
  {
    rule: 'a connection that was live at the last poll and is a TIME_WAIT now was opened before',
    file: 'pools/census/opens-counter.ts',
    find: 'live - table.liveBefore(id);',
    replace: 'Math.max(0, live - table.liveBefore(id));',
    suite: 'oracle/opens',
  },
  {
    rule: 'no two polls count the same TIME_WAIT',
    file: 'pools/census/new-time-waits.ts',
    find: 'if (earliestMs <= before.startedMs + JITTER_MS) return false;',
    replace: '',
    suite: 'oracle/opens',
  },
  {
    rule: 'a TIME_WAIT that began since the last poll was opened',
    file: 'pools/census/new-time-waits.ts',
    find: 'row.state !== TCP_TIME_WAIT ||',
    replace: 'row.state >= TCP_TIME_WAIT ||',
    suite: 'oracle/opens',
  },
  {
    rule: 'another range shows other rows, which were not opened now',
    file: 'pools/census/opens-counter.ts',
    find: 'range?.low === low && range.high === high ? this.#last : undefined;',
    replace: 'range && this.#last;',
    suite: 'oracle/opens',
  },
];
