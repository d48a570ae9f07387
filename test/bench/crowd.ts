import { Child } from './child.ts';
import type { Cost } from './cost.ts';
import type { CrowdHostOptions } from './crowd-host.ts';
import type { Grounds } from './grounds.ts';
import { type Crowd, ProcTree } from './proc-tree.ts';
import { type Answer, ms, type Question } from './question.ts';
import { median, medianRun, takeTurns } from './rounds.ts';
import type { FlooredSource } from './floor.ts';

/**
 * The crowd of each source. By netlink a namespace costs the kernel a walk over the sockets of all: 90 namespaces take
 * it nine times as long as 30, while what the exporter adds to each socket is the same.
 */
const CROWDS: Readonly<Record<FlooredSource, Crowd>> = {
  proc: { namespaces: 90, endpoints: 1000 },
  netlink: { namespaces: 30, endpoints: 1000 },
};

/** As many connections in one namespace. */
function asOne({ namespaces, endpoints }: Crowd): Crowd {
  return { namespaces: 1, endpoints: namespaces * endpoints };
}

/**
 * What a poll of many busy namespaces costs beside one of the same sockets in one, in CPU time: a poll of
 * seconds is held up by whatever else the machine does. By proc the tables are files, and the polls
 * themselves are compared. By netlink the kernel walks all sockets of the machine
 * once per namespace, whoever asks; so the polls are compared less the same dumps thrown away.
 */
export function crowdAgainstOne(source: FlooredSource, wanted: number): Question {
  const { namespaces, endpoints } = CROWDS[source];
  const sockets = `${namespaces} namespaces with ${endpoints.toLocaleString('en')} endpoints each`;
  const less = source === 'netlink' ? ', each less the same dumps with the bytes thrown away' : '';
  return {
    id: `crowd-${source}`,
    question: `CPU of one poll by ${source} of ${sockets}, against the same sockets in one namespace${less}`,
    wanted: `≤ ${wanted}×`,
    source,
    answer: (grounds) => WAYS[source](grounds, wanted),
  };
}

/** Fewer than elsewhere: a poll of the crowd takes 120 dumps. CPU times, without what else runs, differ little. */
const NETLINK_ROUNDS = 5;

const WAYS: Readonly<Record<FlooredSource, (grounds: Grounds, wanted: number) => Promise<Answer>>> =
  {
    proc: async (grounds, wanted) => {
      await grounds.enter('idle');
      const crowds = [CROWDS.proc, asOne(CROWDS.proc)] as const;
      const trees = [new ProcTree(crowds[0]), new ProcTree(crowds[1])] as const;
      try {
        const hosts = [
          { ...crowds[0], procfs: trees[0].path },
          { ...crowds[1], procfs: trees[1].path },
        ] as const;
        const runs = await medianRun(async () => withRatio(await procRun(hosts), plainRatio));
        return describe(runs, wanted);
      } finally {
        for (const tree of trees) tree.remove();
      }
    },
    netlink: async (grounds, wanted) => {
      await grounds.enter('idle');
      return describe(await medianRun(async () => withRatio(await netlinkRun(), netRatio)), wanted);
    },
  };

/** Medians of a poll and of its floor. */
interface Bill {
  readonly poll: Cost;
  readonly floor: Cost;
}

/** Of the crowd, and of one namespace. */
type Bills = readonly [Bill, Bill];

interface Run {
  readonly bills: Bills;
  readonly ratio: number;
}

function withRatio(bills: Bills, ratioOf: (bills: Bills) => number): Run {
  return { bills, ratio: ratioOf(bills) };
}

function plainRatio([crowd, one]: Bills): number {
  return crowd.poll.cpuMs / one.poll.cpuMs;
}

function netRatio([crowd, one]: Bills): number {
  return netMs(crowd) / netMs(one);
}

function netMs({ poll, floor }: Bill): number {
  return poll.cpuMs - floor.cpuMs;
}

/** All four in turn: files do not disturb each other. */
async function procRun([many, single]: readonly [CrowdHostOptions, CrowdHostOptions]) {
  const crowd = await startHost(many);
  const one = await startHost(single);
  const [a = [], b = [], c = [], d = []] = await takeTurns([...sidesOf(crowd), ...sidesOf(one)]);
  await Promise.all([crowd.end(), one.end()]);
  return [billOf(a, b), billOf(c, d)] as const;
}

/** One host after the other: the sockets of each would be walked past for the other's sake. */
async function netlinkRun(): Promise<Bills> {
  const crowd = CROWDS.netlink;
  return [await netlinkBill(crowd), await netlinkBill(asOne(crowd))];
}

async function netlinkBill(crowd: Crowd): Promise<Bill> {
  const host = await startHost(crowd);
  const [polls = [], floors = []] = await takeTurns(sidesOf(host), NETLINK_ROUNDS);
  await host.end();
  return billOf(polls, floors);
}

/** Its processes are the only ones in its sight. */
async function startHost(options: CrowdHostOptions): Promise<Child> {
  const host = Child.host('crowd-host', options, '--net');
  await host.message();
  return host;
}

function sidesOf(host: Child): readonly (() => Promise<Cost>)[] {
  return ['poll', 'floor'].map((work) => async () => (await host.ask(work)) as Cost);
}

function billOf(polls: readonly Cost[], floors: readonly Cost[]): Bill {
  return { poll: medianCost(polls), floor: medianCost(floors) };
}

function medianCost(costs: readonly Cost[]): Cost {
  const [wallMs, cpuMs] = [costs.map((cost) => cost.wallMs), costs.map((cost) => cost.cpuMs)];
  return { wallMs: median(wallMs), cpuMs: median(cpuMs) };
}

function describe({ bills, ratio, ratios }: Run & { ratios: readonly number[] }, wanted: number) {
  const [{ poll: crowd }, { poll: one }] = bills;
  const times = (value: number): string => `${value.toFixed(2)}×`;
  const pair = ([a, b]: readonly [number, number]): string => `${ms(a)} : ${ms(b)}`;
  const polls = `${pair([crowd.cpuMs, one.cpuMs])} (${times(plainRatio(bills))}`;
  const net = `less floors ${pair([netMs(bills[0]), netMs(bills[1])])}, ${times(netRatio(bills))}`;
  const wall = `by the clock ${pair([crowd.wallMs, one.wallMs])}`;
  const runs = `runs: ${ratios.map((each) => each.toFixed(2)).join(', ')}`;
  return {
    measured: `${polls}; ${net}; ${wall}; ${runs})`,
    ratio: times(ratio),
    reached: ratio <= wanted,
  };
}
