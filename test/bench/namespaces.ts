import { Child } from './child.ts';
import type { Crowd, Found } from './crowded-host.ts';
import { judge } from './poll-cost.ts';
import { ms, type Question } from './question.ts';
import { compare, median, type Pair, type Side } from './rounds.ts';
import type { Source } from './source.ts';
import { HOURS, type Span } from './span.ts';

/** Of the namespaces some are busy: with more sockets than the hundredth of the range that gates them. */
const BUSY = 5;
const CONNECTIONS = 1000;
const SOCKETS = `${BUSY} of them with ${(2 * CONNECTIONS).toLocaleString('en')} sockets each, the others idle, 100k sockets beside them`;

/** Reading all tables takes so long that three rounds must do. */
const ROUNDS = 3;

/** Polls in two minutes: quiet namespaces are read once in a while. */
const TWO_MINUTES = 24;

/** One poll beside what it would take to read the tables of all. */
export function namespacesAgainstAll(count: number, source: Source, wanted: number): Question {
  const start = async (): Promise<Pair> => {
    const host = await CrowdedHost.start(source, count - BUSY);
    return { sides: [host.side('poll'), host.side('floor')], end: () => host.end() };
  };
  return {
    id: `netns-${count}-ratio`,
    question: `one poll by ${source} of ${count} namespaces, ${SOCKETS}, against all their tables read and thrown away`,
    wanted: `≤ ${wanted.toFixed(3)}×`,
    source,
    answer: async (grounds) => {
      await grounds.enter('100k');
      return judge(await compare(start, ROUNDS), wanted);
    },
  };
}

/** One poll beside one on a host that has the busy namespaces alone. */
export function namespacesBeyondBusy(count: number, source: Source, wanted: number): Question {
  const start = async (): Promise<Pair> => {
    const hosts = [
      await CrowdedHost.start(source, count - BUSY),
      await CrowdedHost.start(source, 0),
    ] as const;
    const end = async (): Promise<void> => {
      for (const host of hosts) await host.end();
    };
    return { sides: [hosts[0].side('poll'), hosts[1].side('poll')], end };
  };
  return {
    id: `netns-${count}-beyond`,
    question: `one poll by ${source} of ${count} namespaces, ${SOCKETS}, against one where there are only the busy ones`,
    wanted: `≤ ${ms(wanted)} more`,
    source,
    answer: async (grounds) => {
      await grounds.enter('100k');
      const { medians, means } = await compare(start, TWO_MINUTES);
      const difference = medians[0] - medians[1];
      return {
        measured: `${ms(medians[0])} : ${ms(medians[1])} (means ${ms(means[0])} : ${ms(means[1])})`,
        ratio: `${difference < 0 ? '−' : '+'}${ms(Math.abs(difference))}`,
        reached: difference <= wanted,
      };
    },
  };
}

class CrowdedHost {
  readonly #child: Child;
  readonly #crowd: Crowd;

  private constructor(crowd: Crowd) {
    this.#child = Child.host('crowded-host', crowd);
    this.#crowd = crowd;
  }

  static async start(source: Source, idle: number): Promise<CrowdedHost> {
    const host = new CrowdedHost({ source, busy: BUSY, connections: CONNECTIONS, idle });
    await host.#child.message();
    return host;
  }

  side(work: 'poll' | 'floor'): Side {
    return async () => Number(await this.#child.ask(work));
  }

  /** Makes sure that all were found, and the idle ones gated. */
  async end(): Promise<void> {
    const { read, gated } = (await this.#child.ask('found')) as Found;
    await this.#child.end();
    const { busy, idle } = this.#crowd;
    if (read === busy + 1 && gated === idle) return;
    throw new Error(
      `expected ${busy + 1} namespaces and ${idle} gated, found ${read} and ${gated}`,
    );
  }
}

const RUNS = 3;
const HOUR_MS = 3_600_000;

/** What one idle namespace more costs, on a clock that is put forward: the rare readings are in it. */
export function idleNamespace(source: Source, wanted: number): Question {
  return {
    id: 'netns-idle-800k',
    question: `CPU of one idle namespace more, by ${source}, 800k sockets of others beside it, a poll in 5 s`,
    wanted: `≤ ${wanted} % of a core`,
    source,
    answer: async (grounds) => {
      await grounds.enter('800k');
      const runs: Span[] = [];
      for (let run = 0; run < RUNS; run += 1) runs.push(await oneMore(source));
      const hourly = (values: readonly number[]): number => median(values) / HOURS;
      const spentMs = hourly(runs.map(({ cpuMs }) => cpuMs));
      const readings = hourly(runs.map((run) => run.readings));
      const percent = (100 * spentMs) / HOUR_MS;
      return {
        measured: `${percent.toFixed(3)} % (${ms(spentMs)} an hour, in which its tables are read ${readings.toFixed(1)} times)`,
        ratio: '',
        reached: percent <= wanted,
      };
    },
  };
}

/** A span with an idle namespace, less a span without. */
async function oneMore(source: Source): Promise<Span> {
  const host = Child.host('quiet-host', source, '--net');
  await host.message();
  await host.ask('scan');
  const without = (await host.ask('scan')) as Span;
  await host.ask('neighbour');
  const withIt = (await host.ask('scan')) as Span;
  await host.end();
  return { ...withIt, cpuMs: withIt.cpuMs - without.cpuMs };
}
