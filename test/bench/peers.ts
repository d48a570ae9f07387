import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { tool } from '../../deploy/demo/lab/tools.ts';
import { Child } from './child.ts';
import { memoryOf } from './exporter.ts';
import { judge, PollerProcess } from './poll-cost.ts';
import type { PopulationName } from './population.ts';
import { mb, type Question } from './question.ts';
import { compare, type Pair, type Side } from './rounds.ts';
import type { Source } from './source.ts';

/** What others offer who count sockets. */
type Peer = 'tcpstat' | 'ss';

interface RunningPeer {
  readonly side: Side;
  /** Its resident memory, where it stays between two measurements. */
  readonly memory: () => number | undefined;
  readonly end: () => Promise<void>;
}

const PEERS: Readonly<Record<Peer, { title: string; start: () => Promise<RunningPeer> }>> = {
  tcpstat: { title: "node_exporter's tcpstat", start: () => NodeExporter.start() },
  ss: { title: '`ss -tanH`', start: () => Promise.resolve(ss()) },
};

/** A poll beside the peer's look at the same sockets, in turn. */
export function againstPeer(
  population: PopulationName,
  peer: Peer,
  source: Source,
  wanted: number,
  id = `${peer}-${population}`,
): Question {
  const { title, start } = PEERS[peer];
  let memory: number | undefined;
  const pair = async (): Promise<Pair> => {
    const poller = new PollerProcess(source);
    const running = await start();
    const end = async (): Promise<void> => {
      memory = running.memory();
      await Promise.all([poller.end(), running.end()]);
    };
    return { sides: [poller.side('poll'), running.side], end };
  };
  return {
    id,
    question: `one poll by ${source} against ${title}, ${describe(population)}`,
    wanted: `≤ ${wanted}×`,
    source,
    prepare: () => {
      tool('prometheus-node-exporter', 'prometheus-node-exporter');
      tool('ss', 'iproute2');
    },
    answer: async (grounds) => {
      await grounds.enter(population);
      const comparison = await compare(pair);
      return judge(comparison, wanted, memory === undefined ? '' : `, with ${mb(memory)}`);
    },
  };
}

function describe(population: PopulationName): string {
  return population === 'inbound'
    ? '100k inbound sockets with clients elsewhere, 1,000 outbound'
    : `${population} sockets`;
}

const PORT = 9100;
const DURATION = /^node_scrape_collector_duration_seconds\{collector="tcpstat"\} (\S+)$/m;
const SUCCESS = 'node_scrape_collector_success{collector="tcpstat"} 1\n';

/** Debian's node_exporter, and of its collectors tcpstat alone. */
class NodeExporter implements RunningPeer {
  readonly #child: Child;

  private constructor() {
    this.#child = Child.program(
      tool('prometheus-node-exporter', 'prometheus-node-exporter'),
      '--collector.disable-defaults',
      '--collector.tcpstat',
      `--web.listen-address=127.0.0.1:${PORT}`,
    );
  }

  static async start(): Promise<NodeExporter> {
    const exporter = new NodeExporter();
    while (exporter.#child.running) {
      const ready = await exporter.side().catch(() => undefined);
      if (ready !== undefined) return exporter;
      await sleep(50);
    }
    throw new Error('node_exporter ended');
  }

  /** A scrape, and how long the collector says that it took: without HTTP and its text. */
  readonly side: Side = async () => {
    const answer = await fetch(`http://127.0.0.1:${PORT}/metrics`);
    const text = await answer.text();
    if (!text.includes(SUCCESS)) throw new Error('the tcpstat collector failed');
    return Number(DURATION.exec(text)?.[1]) * 1000;
  };

  memory(): number {
    return memoryOf(this.#child.pid).resident;
  }

  end(): Promise<void> {
    return this.#child.end();
  }
}

/** A process per look, as a script would have it. */
function ss(): RunningPeer {
  const program = tool('ss', 'iproute2');
  const side = (): Promise<number> => {
    const startMs = performance.now();
    spawnSync(program, ['-tanH'], { stdio: 'ignore' });
    return Promise.resolve(performance.now() - startMs);
  };
  return { side, memory: () => undefined, end: () => Promise.resolve() };
}
