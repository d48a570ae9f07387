import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter, type Memory, sourceOf } from './exporter.ts';
import type { Grounds } from './grounds.ts';
import { fetchNode, NODE_MAJOR } from './node-versions.ts';
import type { PopulationName } from './population.ts';
import { mb, type Question } from './question.ts';
import { median } from './rounds.ts';

const RUNS = 3;
const POLLS = 10;
const SAMPLES = 10;

interface Resident extends Memory {
  readonly source: string;
}

/** Memory of the daemon at many sockets, beside its memory at few. */
export function memoryBeside1k(
  population: PopulationName,
  title: string,
  wanted: { readonly total?: number; readonly more: number },
  source: string,
): Question {
  const { total = Number.POSITIVE_INFINITY, more } = wanted;
  const limit = wanted.total === undefined ? '' : `≤ ${mb(total)} and `;
  return {
    id: `memory-${population}`,
    question: `resident memory after ten polls of ${title}, against 1k sockets`,
    wanted: `${limit}≤ 1k + ${mb(more)}`,
    answer: async (grounds) => {
      const few = await residentAt1k(grounds, source);
      await grounds.enter(population);
      const many = await resident(source);
      const difference = many.resident - few.resident;
      return {
        measured: `${mb(many.resident)} : ${mb(few.resident)} (RssAnon ${mb(many.anonymous)} : ${mb(few.anonymous)}; by ${many.source})`,
        ratio: `${difference < 0 ? '−' : '+'}${mb(Math.abs(difference))}`,
        reached: many.resident <= total && difference <= more,
      };
    },
  };
}

/** Memory of the daemon on a host without sockets, on the Node.js at hand or another. */
export function memoryIdle(major: number, wanted: number, source: string): Question {
  const node = (): string => (major === NODE_MAJOR ? process.execPath : fetchNode(major));
  return {
    id: `memory-idle-node${major}`,
    question: `resident memory on an idle host, Node ${major}`,
    wanted: `≤ ${mb(wanted)}`,
    prepare: node,
    answer: async (grounds) => {
      await grounds.enter('idle');
      const memory = await resident(source, node());
      return {
        measured: `${mb(memory.resident)} (RssAnon ${mb(memory.anonymous)}; by ${memory.source})`,
        ratio: '',
        reached: memory.resident <= wanted,
      };
    },
  };
}

let at1k: Promise<Resident> | undefined;

/** Measured once for all lines that need it. */
function residentAt1k(grounds: Grounds, source: string): Promise<Resident> {
  at1k ??= grounds.enter('1k').then(() => resident(source));
  return at1k;
}

/** The run with the median resident memory. */
async function resident(source: string, node = process.execPath): Promise<Resident> {
  const runs: Resident[] = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await oneRun(source, node));
  const ordered = runs.toSorted((a, b) => a.resident - b.resident);
  const middle = ordered[RUNS >> 1];
  if (middle === undefined) throw new Error('no run');
  return middle;
}

/** The garbage collector comes and goes: what is resident most of the time. */
async function oneRun(source: string, node: string): Promise<Resident> {
  const exporter = new Exporter(['--poll.interval=1s', `--poll.source=${source}`], { node });
  const page = await exporter.polls(POLLS);
  const samples: Memory[] = [];
  while (samples.length < SAMPLES) {
    samples.push(exporter.memory());
    await sleep(200);
  }
  await exporter.stop();
  return {
    resident: median(samples.map((sample) => sample.resident)),
    anonymous: median(samples.map((sample) => sample.anonymous)),
    peak: median(samples.map((sample) => sample.peak)),
    source: sourceOf(page),
  };
}
