import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter } from './exporter.ts';
import { judge, PollerProcess } from './poll-cost.ts';
import type { PopulationName } from './population.ts';
import type { Question } from './question.ts';
import { compare, type Pair } from './rounds.ts';

/** So long that the floor is measured while the daemon waits. */
const INTERVAL = '2s';

/**
 * Polls before the first that counts: three minutes and a half, in which Node.js compiles what a daemon then runs for months,
 * and the first search for owners comes to its end. After two minutes it still compiles for 2 to 8 ms a poll.
 */
const WARM_UP_POLLS = 105;

/** The floor is measured between two polls: after a pause of its own, as a poll is. */
const PAUSE_MS = 1000;

/**
 * What a poll costs as a whole: the built daemon's threads together, the garbage collector's among them,
 * with the message from one to the other and all that the main thread makes of it. The floor is in a process
 * of its own. Polls and floors take turns.
 */
export function processCpu(population: PopulationName, wanted: number): Question {
  return {
    id: `cpu-${population}-netlink`,
    question: `CPU of the whole daemon per poll by netlink, against the CPU of the same dumps with the bytes thrown away, ${population} sockets`,
    wanted: `≤ ${wanted}×`,
    source: 'netlink',
    answer: async (grounds) => {
      await grounds.enter(population);
      return judge(await compare(startBoth), wanted);
    },
  };
}

async function startBoth(): Promise<Pair> {
  const flags = ['--poll.source=netlink', `--poll.interval=${INTERVAL}`, onlyHere()];
  const exporter = new Exporter(flags, { probe: 'cpu' });
  for (let poll = 0; poll < WARM_UP_POLLS; poll += 1) await exporter.probe();
  const floor = new PollerProcess('netlink');
  const end = async (): Promise<void> => {
    await Promise.all([exporter.stop(), floor.end()]);
  };
  const sides = [
    async () => (await exporter.probe()).cpuMs,
    async () => {
      await sleep(PAUSE_MS);
      return (await floor.cost('floor')).cpuMs;
    },
  ] as const;
  return { sides, end };
}

/** Other namespaces that this machine may have would be read too. */
function onlyHere(): string {
  const path = resolve('.cache/bench/only-here.yaml');
  writeFileSync(path, 'namespaces: { discover: off }\n');
  return `--config.file=${path}`;
}
