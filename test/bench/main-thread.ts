import { Exporter } from './exporter.ts';
import type { Held } from './probe.ts';
import { type Crowd, ProcTree } from './proc-tree.ts';
import { ms, type Question } from './question.ts';
import { median } from './rounds.ts';
import { exportBest } from './scrape.ts';

const CROWD: Crowd = { namespaces: 250, endpoints: 1000 };

/** Until code is compiled and all namespaces are known, nothing is counted. */
const WARM_UP = 5;
const POLLS = 30;

/** How long the daemon's main thread can do nothing else because a poll has ended. */
export function mainThreadHeld(exported: number, wanted: number): Question {
  return {
    id: `held-${exported}`,
    question: `longest CPU time that a poll's result holds the main thread for, ${exported} exported endpoints, ${CROWD.namespaces} namespaces`,
    wanted: `≤ ${ms(wanted)}`,
    answer: async (grounds) => {
      await grounds.enter('idle');
      const tree = new ProcTree(CROWD);
      try {
        const held = await watch(tree.path, exported);
        const times = held.map(({ cpuMs }) => cpuMs);
        const middle = median(times);
        const byClock = median(held.map(({ wallMs }) => wallMs));
        return {
          measured: `${ms(middle)} (${ms(Math.min(...times))} to ${ms(Math.max(...times))}, ${times.length} polls; by the clock ${ms(byClock)})`,
          ratio: '',
          reached: middle <= wanted,
        };
      } finally {
        tree.remove();
      }
    },
  };
}

/** The longest time of each poll. */
async function watch(procfs: string, exported: number): Promise<Held[]> {
  const flags = [`--path.procfs=${procfs}`, '--poll.source=proc', '--poll.interval=1s'];
  const config = `--config.file=${exportBest(exported)}`;
  const exporter = new Exporter([...flags, config], { probe: 'held' });
  for (let polls = 0; polls < WARM_UP; polls += 1) await exporter.probe();
  const held: Held[] = [];
  while (held.length < POLLS) held.push((await exporter.probe()).held);
  const page = await exporter.page();
  await exporter.stop();
  const series = page.samples.filter(({ name }) => name === 'ephemeral_ports_endpoint_held');
  requireCount(series.length, exported, 'endpoints');
  requireCount(page.value('netns', { result: 'scanned' }), CROWD.namespaces, 'namespaces');
  return held;
}

function requireCount(found: number, wanted: number, what: string): void {
  if (found !== wanted) throw new Error(`expected ${wanted} ${what}, found ${found}`);
}
