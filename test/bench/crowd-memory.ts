import { setTimeout as sleep } from 'node:timers/promises';
import { Exporter, type Memory } from './exporter.ts';
import { type MemoryBound, memoryBound } from './memory-bound.ts';
import { type Crowd, ProcTree } from './proc-tree.ts';
import { type Answer, mb, type Question } from './question.ts';

const CROWD: Crowd = { namespaces: 250, endpoints: 1000 };

/** What the systemd unit and the manifests allow. */
const ALLOWED_MEBIBYTES = 384;

const RUNS = 3;
const POLLS = 20;

/** A run that takes longer is given up: no poll comes near. */
const MOST_MS = 600_000;

/** A daemon under the bound, alive or not. */
interface Outcome {
  readonly alive: boolean;
  readonly polls: number;
  /** As it was last seen. */
  readonly memory: Memory;
}

/** Whether the daemon lives with many busy namespaces, and on how much. */
export function crowdMemory(wanted: number): Question {
  return {
    id: 'memory-crowd',
    question: `resident memory after ${POLLS} polls by proc of ${CROWD.namespaces} namespaces with ${CROWD.endpoints.toLocaleString('en')} endpoints each, where ${ALLOWED_MEBIBYTES} MiB are allowed`,
    wanted: `alive, ≤ ${mb(wanted)}`,
    answer: async (grounds) => {
      await grounds.enter('idle');
      const tree = new ProcTree(CROWD);
      const bound = memoryBound(ALLOWED_MEBIBYTES);
      try {
        return describe(await severalRuns(tree.path, bound), bound, wanted);
      } finally {
        await bound.remove();
        tree.remove();
      }
    },
  };
}

/** Ends with the first run that the daemon did not outlive. */
async function severalRuns(procfs: string, { command }: MemoryBound): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < RUNS && outcomes.every(({ alive }) => alive)) {
    const flags = [`--path.procfs=${procfs}`, '--poll.source=proc', '--poll.interval=1s'];
    const exporter = new Exporter(flags, { under: command });
    outcomes.push(await watch(exporter));
    await exporter.stop();
  }
  return outcomes;
}

async function watch(exporter: Exporter): Promise<Outcome> {
  let memory: Memory = { resident: Number.NaN, anonymous: Number.NaN, peak: Number.NaN };
  const polls = new Set<number>();
  const endMs = performance.now() + MOST_MS;
  while (exporter.running && polls.size < POLLS && performance.now() < endMs) {
    await sleep(200);
    const polled = await exporter.lastPollSeconds();
    if (polled !== undefined) polls.add(polled);
    memory = memoryNow(exporter) ?? memory;
  }
  return { alive: exporter.running && polls.size >= POLLS, polls: polls.size, memory };
}

/** Undefined where it ends this moment: then the kernel says nothing of it, or that it has no memory. */
function memoryNow(exporter: Exporter): Memory | undefined {
  try {
    const memory = exporter.memory();
    return Number.isNaN(memory.resident) ? undefined : memory;
  } catch {
    return undefined;
  }
}

function describe(outcomes: readonly Outcome[], { title }: MemoryBound, wanted: number): Answer {
  const ordered = outcomes.toSorted((a, b) => a.memory.resident - b.memory.resident);
  const worst = outcomes.find(({ alive }) => !alive) ?? ordered[outcomes.length >> 1];
  if (worst === undefined) throw new Error('no run');
  const { alive, polls, memory } = worst;
  const { resident, anonymous, peak } = memory;
  const sizes = `${mb(resident)}, at most ${mb(peak)} (RssAnon ${mb(anonymous)}; in ${title})`;
  return {
    measured: alive ? sizes : `ended after ${polls} polls, last seen with ${sizes}`,
    ratio: '',
    reached: alive && resident <= wanted,
  };
}
