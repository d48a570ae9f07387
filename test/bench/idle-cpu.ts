import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter, sourceOf } from './exporter.ts';
import type { Question } from './question.ts';

const SETTLE_MS = 15_000;
const WATCH_MS = 60_000;

/** Linux tells programs a hundredth of a second, whatever it counts in (USER_HZ). */
const TICK_MS = 10;

/** What the daemon costs a host on which nothing happens, at the default interval. */
export function idleCpu(wanted: number, source: string): Question {
  return {
    id: 'cpu-idle',
    question: 'CPU of the exporter on an idle host, a poll in 5 s',
    wanted: `≤ ${wanted} % of a core`,
    answer: async (grounds) => {
      await grounds.enter('idle');
      const exporter = new Exporter([`--poll.source=${source}`]);
      const page = await exporter.page();
      await sleep(SETTLE_MS);
      const before = cpuMs(exporter.pid);
      await sleep(WATCH_MS);
      const spent = cpuMs(exporter.pid) - before;
      await exporter.stop();
      const percent = (100 * spent) / WATCH_MS;
      return {
        measured: `${percent.toFixed(2)} % (${spent} ms in ${WATCH_MS / 1000} s; by ${sourceOf(page)})`,
        ratio: '',
        reached: percent <= wanted,
      };
    },
  };
}

/** User and system time of all threads: fields 14 and 15, counted behind the name in parentheses. */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
