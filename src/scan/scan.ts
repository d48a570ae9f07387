import { KernelError } from '../kernel/kernel-error.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import { Namespaces, type NamespacesOptions } from '../namespaces/namespaces.ts';
import type { Place } from '../namespaces/netns-view.ts';
import type { GatedSnapshot, SurveyProblems } from '../snapshot/snapshot.ts';
import { Allowance } from './cpu-budget.ts';
import { describeQuiet } from '../snapshot/describe-namespaces.ts';
import type { Gate } from './gate.ts';
import { NamespacePools } from './namespace-pools.ts';
import type { Sources } from './sources.ts';
import { WatchedNamespace } from './namespace-state.ts';

/** What all quiet namespaces together may take of a core, to be read once in a while. */
const QUIET_SHARE = 1 / 1000;

/** Endpoints of a quiet namespace that are named. */
const QUIET_ENDPOINTS = 20;

/** What is new at a poll. */
export interface SurveyContext {
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
export interface SurveyResult {
  /** The principal one first. */
  readonly surveyed: readonly NamespacePools[];
  readonly gated: readonly GatedSnapshot[];
  readonly denied: number;
  /** Namespaces that were read before, and could not be read now. */
  readonly refused: ReadonlySet<number>;
  readonly problems: SurveyProblems;
}

/** What one poll learns on its way. */
interface Turn extends SurveyContext {
  readonly hasSctp: boolean;
  /** Why namespaces could not be read. */
  readonly refusals: Map<number, string>;
}

const QUIET = Symbol('quiet');

/** Reads the namespaces of a host: the principal one always, the others when they may matter. */
export class Survey {
  readonly #namespaces: Namespaces;
  readonly #watched = new Map<number, WatchedNamespace>();
  readonly #allowance = new Allowance(QUIET_SHARE);

  constructor(procfs: string, options: NamespacesOptions) {
    this.#namespaces = new Namespaces(procfs, options);
  }

  replaceOptions(options: NamespacesOptions): void {
    this.#namespaces.replaceOptions(options);
  }

  /** Throws `KernelError` where the principal namespace cannot be read; what others refuse is counted. */
  read(context: SurveyContext): SurveyResult {
    const { nowMs, intervalMs } = context;
    const others = this.#namespaces.look(nowMs, intervalMs);
    this.#allowance.earn(nowMs);
    const { principal } = this.#namespaces;
    const host = this.#readPrincipal(principal, context);
    const surveyed = [host];
    // One namespace has SCTP where all have it.
    const turn: Turn = {
      ...context,
      hasSctp: host.reading.sctp !== undefined,
      refusals: new Map(),
    };
    const { refusals } = turn;
    const quiet: WatchedNamespace[] = [];
    for (const namespace of others) {
      const found = this.#visit(namespace, turn, context.busy.has(namespace.id));
      if (found === QUIET) quiet.push(this.#watch(namespace));
      else if (found !== undefined) surveyed.push(found);
    }
    this.#refresh(quiet, turn);
    this.#forgetAllBut([principal, ...others]);
    return {
      surveyed,
      gated: quiet
        .filter(({ namespace }) => !refusals.has(namespace.id))
        .map((watched) => watched.quiet),
      denied: this.#namespaces.denied + refusals.size,
      refused: new Set(refusals.keys()),
      problems: {
        settings: this.#namespaces.entranceProblem,
        names: this.#namespaces.namingProblem,
        refusal: [...refusals.values()][0] ?? '',
      },
    };
  }

  #readPrincipal(principal: Namespace, context: SurveyContext): NamespacePools {
    const surveyed = principal.visit((place) => this.#read(principal, place, context));
    if (surveyed !== undefined) return surveyed;
    throw new KernelError('the network namespace of PID 1', 'cannot be read any more');
  }

  /** Undefined where it has gone, or refuses. */
  #visit(
    namespace: Namespace,
    turn: Turn,
    isBusy: boolean,
  ): NamespacePools | typeof QUIET | undefined {
    try {
      const found = namespace.visit((place) =>
        !isBusy && this.#watch(namespace).isQuiet(place, turn)
          ? QUIET
          : this.#read(namespace, place, turn),
      );
      if (found === undefined) this.#namespaces.forget(namespace);
      return found;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      turn.refusals.set(namespace.id, error.message);
      return undefined;
    }
  }

  #read(namespace: Namespace, place: Place, context: SurveyContext): NamespacePools {
    const watched = this.#watch(namespace);
    const reading = watched.read(place, context.sources, context.nowMs);
    const pools = new NamespacePools(reading, context.followed);
    watched.noteRoom(pools);
    return pools;
  }

  /** Reads those quiet namespaces that were not read for longest, as many as the allowance bears. */
  #refresh(quiet: readonly WatchedNamespace[], turn: Turn): void {
    const { nowMs, takenAtSeconds } = turn;
    const brief = { ...turn, followed: QUIET_ENDPOINTS };
    const due = quiet.filter((watched) => watched.isDue(nowMs));
    for (const watched of due.toSorted((a, b) => a.readAtMs - b.readAtMs)) {
      if (!this.#allowance.isLeft) return;
      const startMs = performance.now();
      const found = this.#visit(watched.namespace, brief, true);
      if (found !== undefined && found !== QUIET) {
        watched.noteQuiet(describeQuiet(found), takenAtSeconds);
      }
      this.#allowance.spend(performance.now() - startMs);
    }
  }

  #watch(namespace: Namespace): WatchedNamespace {
    const known = this.#watched.get(namespace.id);
    if (known !== undefined) return known;
    const watched = new WatchedNamespace(namespace);
    this.#watched.set(namespace.id, watched);
    return watched;
  }

  #forgetAllBut(namespaces: readonly Namespace[]): void {
    const ids = new Set(namespaces.map(({ id }) => id));
    for (const id of this.#watched.keys()) if (!ids.has(id)) this.#watched.delete(id);
  }
}
