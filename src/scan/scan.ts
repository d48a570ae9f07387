import { KernelError } from '../kernel/kernel-error.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import { Namespaces, type NamespacesOptions } from '../namespaces/namespaces.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';
import type { GatedSnapshot, ScanProblems } from '../snapshot/snapshot.ts';
import { CpuBudget } from './cpu-budget.ts';
import { describeQuiet } from '../snapshot/describe-namespaces.ts';
import type { Gate } from './gate.ts';
import { NamespacePools } from './namespace-pools.ts';
import type { Sources } from './sources.ts';
import { NamespaceState } from './namespace-state.ts';

/** What all quiet namespaces together may take of a core, to be read once in a while. */
const QUIET_SHARE = 1 / 1000;

/** Endpoints of a quiet namespace that are named. */
const QUIET_ENDPOINTS = 20;

/** What is new at a poll. */
export interface ScanContext {
  /** Monotonic. */
  readonly nowMs: number;
  /** Unix time. */
  readonly takenAtSeconds: number;
  readonly intervalMs: number;
  readonly gate: Pick<Gate, 'isQuiet'>;
  readonly sources: Sources;
  /** Namespaces that are read whatever the gate says: their pools are followed. */
  readonly busy: ReadonlySet<number>;
  /** Endpoints of each namespace that are looked at one by one. */
  readonly followed: number;
}

/** All network namespaces in one poll. */
export interface ScanResult {
  /** The host one first. */
  readonly scanned: readonly NamespacePools[];
  readonly gated: readonly GatedSnapshot[];
  readonly denied: number;
  /** Namespaces that were read before, and could not be read now. */
  readonly refused: ReadonlySet<number>;
  readonly problems: ScanProblems;
}

/** What one poll learns on its way. */
interface Turn extends ScanContext {
  readonly hasSctp: boolean;
  /** Why namespaces could not be read. */
  readonly refusals: Map<number, string>;
}

const QUIET = Symbol('quiet');

/** Reads the namespaces of a host: the host one always, the others when they may matter. */
export class NamespaceScan {
  readonly #namespaces: Namespaces;
  readonly #states = new Map<number, NamespaceState>();
  readonly #cpuBudget = new CpuBudget(QUIET_SHARE);

  constructor(procfs: string, options: NamespacesOptions) {
    this.#namespaces = new Namespaces(procfs, options);
  }

  replaceOptions(options: NamespacesOptions): void {
    this.#namespaces.replaceOptions(options);
  }

  /** Throws `KernelError` where the host namespace cannot be read; what others refuse is counted. */
  read(context: ScanContext): ScanResult {
    const { nowMs, intervalMs } = context;
    const others = this.#namespaces.look(nowMs, intervalMs);
    this.#cpuBudget.earn(nowMs);
    const hostNamespace = this.#namespaces.host;
    const host = this.#readHost(hostNamespace, context);
    const scanned = [host];
    // One namespace has SCTP where all have it.
    const turn: Turn = {
      ...context,
      hasSctp: host.reading.sctp !== undefined,
      refusals: new Map(),
    };
    const { refusals } = turn;
    const quiet: NamespaceState[] = [];
    for (const namespace of others) {
      const found = this.#visit(namespace, turn, context.busy.has(namespace.id));
      if (found === QUIET) quiet.push(this.#stateOf(namespace));
      else if (found !== undefined) scanned.push(found);
    }
    this.#refresh(quiet, turn);
    this.#forgetAllBut([hostNamespace, ...others]);
    return {
      scanned,
      gated: quiet
        .filter(({ namespace }) => !refusals.has(namespace.id))
        .map((state) => state.quiet),
      denied: this.#namespaces.denied + refusals.size,
      refused: new Set(refusals.keys()),
      problems: {
        settings: this.#namespaces.setnsProblem,
        names: this.#namespaces.namingProblem,
        refusal: [...refusals.values()][0] ?? '',
      },
    };
  }

  #readHost(namespace: Namespace, context: ScanContext): NamespacePools {
    const scanned = namespace.visit((view) => this.#read(namespace, view, context));
    if (scanned !== undefined) return scanned;
    throw new KernelError('the network namespace of PID 1', 'cannot be read any more');
  }

  /** Undefined where it has gone, or refuses. */
  #visit(
    namespace: Namespace,
    turn: Turn,
    isBusy: boolean,
  ): NamespacePools | typeof QUIET | undefined {
    try {
      const found = namespace.visit((view) =>
        !isBusy && this.#stateOf(namespace).isQuiet(view, turn)
          ? QUIET
          : this.#read(namespace, view, turn),
      );
      if (found === undefined) this.#namespaces.forget(namespace);
      return found;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      turn.refusals.set(namespace.id, error.message);
      return undefined;
    }
  }

  #read(namespace: Namespace, view: NetnsView, context: ScanContext): NamespacePools {
    const state = this.#stateOf(namespace);
    const reading = state.read(view, context.sources, context.nowMs);
    const pools = new NamespacePools(reading, context.followed);
    state.noteLimits(pools);
    return pools;
  }

  /** Reads those quiet namespaces that were not read for longest, as many as the allowance bears. */
  #refresh(quiet: readonly NamespaceState[], turn: Turn): void {
    const { nowMs, takenAtSeconds } = turn;
    const brief = { ...turn, followed: QUIET_ENDPOINTS };
    const due = quiet.filter((state) => state.isDue(nowMs));
    for (const state of due.toSorted((a, b) => a.readAtMs - b.readAtMs)) {
      if (!this.#cpuBudget.isLeft) return;
      const startMs = performance.now();
      const found = this.#visit(state.namespace, brief, true);
      if (found !== undefined && found !== QUIET) {
        state.noteQuiet(describeQuiet(found), takenAtSeconds);
      }
      this.#cpuBudget.spend(performance.now() - startMs);
    }
  }

  #stateOf(namespace: Namespace): NamespaceState {
    const known = this.#states.get(namespace.id);
    if (known !== undefined) return known;
    const state = new NamespaceState(namespace);
    this.#states.set(namespace.id, state);
    return state;
  }

  #forgetAllBut(namespaces: readonly Namespace[]): void {
    const ids = new Set(namespaces.map(({ id }) => id));
    for (const id of this.#states.keys()) if (!ids.has(id)) this.#states.delete(id);
  }
}
