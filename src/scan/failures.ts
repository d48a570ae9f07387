import {
  type EndpointRefusals,
  FailureProgram,
  type FailureReading,
  type ProcessRefusals,
  type RefusedCall,
} from '../kernel/bpf/failure-program.ts';
import { BpfError } from '../kernel/bpf/bpf-object.ts';
import { type FailureStore } from '../kernel/bpf/failure-store.ts';
import { readNetnsCookie } from '../kernel/netns/netns-switch.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';
import type { EndpointFailures, FailedProcess, NamespaceFailures } from '../pools/failures.ts';
import { BackOff } from './back-off.ts';
import type { PartMeter } from './parts.ts';

export type FailuresChoice = 'auto' | 'off';

/** So long after its last refused call an endpoint lives: a part of the contract (src/metrics/README.md). */
const RECENT_MS = 600_000;
const MINUTE_MS = 60_000;

/** The processes that are shown of an endpoint. Chosen, not measured. */
const MAX_PROCESSES = 3;

/** How often an endpoint had failed at earlier polls. */
interface Past {
  /** The oldest first; but for one, none is older than a minute. */
  readonly totals: { readonly atMs: number; readonly total: number }[];
  lastMs: number;
}

/** Refused calls of all namespaces, by the BPF program that counts them; read once a poll. */
export class Failures {
  #choice: FailuresChoice;
  readonly #store: FailureStore | undefined;
  readonly #kernelMs: () => number;
  readonly #backOff = new BackOff();
  #program: FailureProgram | undefined;
  #sum = -1;
  #reading: FailureReading = { namespaces: [], endpoints: [], processes: [], lost: [] };
  #pasts = new Map<string, Past>();
  /** By the cookie of the namespace. */
  #byNamespace: ReadonlyMap<bigint, NamespaceFailures> = new Map();
  #recent: ReadonlySet<bigint> = new Set();

  /** With `store` the counts outlive this thread. `kernelMs` is the clock by which the kernel notes when a call was refused. */
  constructor(choice: FailuresChoice, store?: FailureStore, kernelMs = monotonicMs) {
    this.#kernelMs = kernelMs;
    this.#choice = choice;
    this.#store = store;
  }

  /** Refused calls that found no room in the list of endpoints; undefined where refused calls are not counted. */
  get withoutEndpoint(): number | undefined {
    return this.#program === undefined ? undefined : (this.#reading.lost[0] ?? 0);
  }

  /** Puts a choice in force; after `off` the counts begin anew. */
  choose(choice: FailuresChoice): void {
    this.#choice = choice;
    if (choice === 'off') this.close();
  }

  /** Stops to count. */
  close(): void {
    this.#program?.close();
    this.#program = undefined;
    this.#store?.clear();
    this.#pasts.clear();
    this.#byNamespace = new Map();
    this.#recent = new Set();
    this.#sum = -1;
  }

  /** Reads the counts at `nowMs`, which is monotonic; the next poll is due `intervalMs` later. */
  read(nowMs: number, intervalMs: number, parts: PartMeter): void {
    if (this.#choice === 'off' || !this.#open(nowMs, intervalMs)) return;
    try {
      parts.required('failures', () => {
        this.#update(nowMs);
      });
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
    }
    parts.settle();
  }

  /** Those of the namespace that this thread is in, which `view` shows; undefined where they are not counted. */
  of(view: NetnsView): NamespaceFailures | undefined {
    if (!this.#isKnownIn(view)) return undefined;
    const none = { connect: 0, bind: this.#program?.countsBinds ? 0 : undefined, endpoints: [] };
    if (this.#byNamespace.size === 0) return none;
    return this.#byNamespace.get(readNetnsCookie()) ?? none;
  }

  /** Whether a call was refused there in the last ten minutes, so that it is not quiet. */
  wereRecentIn(view: NetnsView): boolean {
    return this.#isKnownIn(view) && this.#recent.size > 0 && this.#recent.has(readNetnsCookie());
  }

  #isKnownIn({ sockets }: NetnsView): boolean {
    return this.#choice === 'auto' && this.#program !== undefined && sockets !== 'none';
  }

  #open(nowMs: number, intervalMs: number): boolean {
    if (this.#program !== undefined) return true;
    if (!this.#backOff.isDue(nowMs)) return false;
    try {
      const kept = this.#store?.load();
      this.#program = kept === undefined ? FailureProgram.open() : FailureProgram.adopt(kept);
      this.#store?.save(this.#program.descriptors);
      return true;
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      this.#backOff.fail(error.message, nowMs, intervalMs);
      return false;
    }
  }

  #update(nowMs: number): void {
    const program = this.#program;
    if (program === undefined) return;
    const namespaces = program.namespaces();
    const sum = namespaces.reduce((total, { failures }) => total + failures, 0);
    if (sum !== this.#sum) this.#reading = program.read();
    this.#sum = sum;
    if (sum > 0) this.#count(nowMs);
  }

  #count(nowMs: number): void {
    const { endpoints, namespaces } = this.#reading;
    const processes = groupBy(this.#reading.processes, ({ key }) => key);
    const pasts = new Map<string, Past>();
    const byNamespace = new Map<bigint, EndpointFailures[]>();
    for (const endpoint of endpoints) {
      const past = this.#remember(endpoint, nowMs);
      pasts.set(endpoint.key, past);
      const list = byNamespace.get(endpoint.netns) ?? [];
      list.push(failuresOf(endpoint, past, processes.get(endpoint.key) ?? [], nowMs));
      byNamespace.set(endpoint.netns, list);
    }
    this.#pasts = pasts;
    const sums = new Map<bigint, Map<RefusedCall, number>>();
    for (const { netns, call, failures } of namespaces)
      sums.set(netns, (sums.get(netns) ?? new Map<RefusedCall, number>()).set(call, failures));
    const countsBinds = this.#program?.countsBinds === true;
    this.#byNamespace = new Map(
      Array.from(sums, ([netns, calls]) => {
        const bind = countsBinds ? (calls.get('bind') ?? 0) : undefined;
        const found = byNamespace.get(netns) ?? [];
        return [netns, { connect: calls.get('connect') ?? 0, bind, endpoints: found }] as const;
      }),
    );
    this.#recent = new Set(
      Array.from(byNamespace)
        .filter(([, list]) => list.some(({ isRecent }) => isRecent))
        .map(([netns]) => netns),
    );
  }

  /** When the last one was the kernel's clock tells: at the first reading of a new thread it may be long ago. */
  #remember({ key, failures, lastMs }: EndpointRefusals, nowMs: number): Past {
    const past = this.#pasts.get(key) ?? { totals: [], lastMs: 0 };
    const latest = past.totals.at(-1)?.total;
    if (latest !== failures) {
      past.lastMs = nowMs - Math.max(0, this.#kernelMs() - lastMs);
      past.totals.push({ atMs: past.lastMs, total: failures });
    }
    while (nowMs - (past.totals[1]?.atMs ?? nowMs) >= MINUTE_MS) past.totals.shift();
    return past;
  }
}

function failuresOf(
  { call, row, failures }: EndpointRefusals,
  { totals, lastMs }: Past,
  processes: readonly ProcessRefusals[],
  nowMs: number,
): EndpointFailures {
  return {
    call,
    row,
    total: failures,
    lastMinute: failures - totalBefore(totals, nowMs),
    isRecent: nowMs - lastMs < RECENT_MS,
    processes: processes.map(processOf).toSorted(byFailures).slice(0, MAX_PROCESSES),
  };
}

/** How many there were a minute ago: as many as at the last poll before that; none where all polls were since. */
function totalBefore(totals: Past['totals'], nowMs: number): number {
  return totals.findLast(({ atMs }) => nowMs - atMs >= MINUTE_MS)?.total ?? 0;
}

function processOf({ pid, command, failures }: ProcessRefusals): FailedProcess {
  return { pid, command, failures };
}

function byFailures(a: FailedProcess, b: FailedProcess): number {
  return b.failures - a.failures || a.pid - b.pid;
}

function groupBy<Item>(
  items: readonly Item[],
  keyOf: (item: Item) => string,
): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** CLOCK_MONOTONIC, by which the BPF program notes the time. */
function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
