import { KernelError } from '../kernel/kernel-error.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import { Namespaces, type NamespacesOptions } from '../namespaces/namespaces.ts';
import { PortBudgets } from '../pools/port-budget.ts';
import { type ServiceOption, servicesIn } from '../pools/services/service-option.ts';
import { CpuBudget } from './cpu-budget.ts';
import type { Gate } from './gate.ts';
import type { NamespaceReading } from './namespace-reader.ts';
import { NamespaceState, type ReadContext } from './namespace-state.ts';
import type { PartMeter } from './parts.ts';
import type { QuietNamespace, ScanResult } from './scan-result.ts';
import { unreadOf } from './unread.ts';

/** The share of a core that reading the tables of quiet namespaces may take, all together. Chosen, not measured. */
const QUIET_SHARE = 1 / 1000;

/** What a scan needs at one poll. */
export interface ScanContext extends ReadContext {
  readonly intervalMs: number;
  readonly gate: Pick<Gate, 'isQuiet'>;
  /** Ids of namespaces that are read whatever the gate says: their pools are exported, at risk, or were lately. */
  readonly alwaysRead: ReadonlySet<number>;
  readonly onNamespace?: NamespaceListener | undefined;
}

/** Is told before another namespace than the host's is looked at, how many of `all` have been. */
export type NamespaceListener = (looked: number, all: number) => void;

/** What a scan needs and finds while it goes through the namespaces. */
interface PollContext extends ScanContext {
  readonly presentKinds: ReadonlySet<string>;
  /** Namespaces that could not be read, by their ids, and why. */
  readonly gone: Set<number>;
  readonly refusals: Map<number, { readonly identity: NetnsIdentity; readonly problem: string }>;
}

const QUIET = Symbol('quiet');

/** Reads the namespaces of a host: the host's own always, the others unless the gate finds them quiet. */
export class NamespaceScan {
  readonly #namespaces: Namespaces;
  readonly #states = new Map<number, NamespaceState>();
  readonly #budgets = new PortBudgets();
  readonly #cpuBudget = new CpuBudget(QUIET_SHARE);
  #services: readonly ServiceOption[] = [];

  constructor(procfs: string, options: NamespacesOptions) {
    this.#namespaces = new Namespaces(procfs, options);
  }

  replaceOptions(options: NamespacesOptions): void {
    this.#namespaces.replaceOptions(options);
  }

  /** See `Namespaces.close`. */
  close(): void {
    this.#namespaces.close();
  }

  /** Puts the service ports in force that the configuration names. */
  nameServices(services: readonly ServiceOption[]): void {
    this.#services = services;
    const { host } = this.#namespaces;
    for (const state of this.#states.values()) {
      state.nameServices(servicesIn(state.namespace, host, services));
    }
  }

  /** Throws `KernelError` where the host's namespace cannot be read; others that cannot be read are counted. */
  read(scan: ScanContext): ScanResult {
    const others = this.#look(scan);
    scan.sources.begin(scan.nowMs, scan.intervalMs);
    scan.failures.read(scan.nowMs, scan.intervalMs, scan.parts);
    this.#cpuBudget.refill(scan.nowMs);
    const { host } = this.#namespaces;
    const hostReading = this.#readHost(host, scan);
    const readings = [hostReading];
    // A kind that the kernel has in one namespace it has in all.
    const { views, failedKinds } = hostReading;
    const presentKinds = new Set([...views.map(({ kind }) => kind), ...failedKinds]);
    const context: PollContext = { ...scan, presentKinds, gone: new Set(), refusals: new Map() };
    const quiet: NamespaceState[] = [];
    for (const [looked, namespace] of others.entries()) {
      scan.onNamespace?.(looked, others.length);
      const found = this.#visit(namespace, context, scan.alwaysRead.has(namespace.id));
      if (found === QUIET) quiet.push(this.#stateOf(namespace));
      else if (found !== undefined) readings.push(found);
    }
    const refreshed = this.#refresh(quiet, context);
    this.#forgetAllBut([host, ...others]);
    const { refusals, gone } = context;
    return {
      readings,
      quiet: quiet
        .filter(({ namespace }) => !refusals.has(namespace.id))
        .map(({ namespace }) => quietNamespace(namespace, refreshed)),
      denied: this.#namespaces.denied + refusals.size,
      unwatched: this.#namespaces.unwatched,
      refused: new Map(Array.from(refusals, ([id, { identity }]) => [id, identity] as const)),
      ...unreadOf(readings, refusals, gone),
      problems: {
        settings: this.#namespaces.setnsProblem,
        names: this.#namespaces.namingProblem,
        refusal: [...refusals.values()][0]?.problem ?? this.#namespaces.searchProblem,
        netlink: scan.sources.problemElsewhere,
      },
    };
  }

  /** Looks for namespaces: finding them is one part of the poll, naming them another. */
  #look({ nowMs, intervalMs, parts }: ScanContext): readonly Namespace[] {
    const startMs = performance.now();
    const others = this.#namespaces.look(nowMs, intervalMs);
    const { namingMs, namingProblem, searchProblem } = this.#namespaces;
    parts.spend('names', namingMs);
    parts.spend('namespaces', performance.now() - startMs - namingMs);
    if (namingProblem !== '') parts.fail('names', namingProblem);
    if (searchProblem !== '') parts.fail('namespaces', searchProblem);
    parts.settle();
    return others;
  }

  #readHost(host: Namespace, scan: ScanContext): NamespaceReading {
    const { parts } = scan;
    try {
      const reading = host.visit((view) => this.#stateOf(host).read(view, scan));
      if (reading !== undefined) return reading;
      throw new KernelError('the network namespace of PID 1', 'cannot be read any more');
    } catch (error) {
      if (error instanceof KernelError) noteRefusal(parts, error);
      throw error;
    } finally {
      parts.settle();
    }
  }

  /** Reads one namespace unless it is quiet; undefined where it has gone or cannot be read. */
  #visit(
    namespace: Namespace,
    context: PollContext,
    mustRead: boolean,
  ): NamespaceReading | typeof QUIET | undefined {
    const { id, identity } = namespace;
    const { parts } = context;
    const [startMs, spentMs] = [performance.now(), parts.totalMs];
    try {
      const found = this.#visitNow(namespace, context, mustRead);
      if (found === undefined) {
        parts.discard();
        context.gone.add(id);
      }
      return found;
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
      noteRefusal(parts, error);
      context.refusals.set(id, { identity, problem: error.message });
      return undefined;
    } finally {
      parts.settle(`network namespace ${identity.netns}: `);
      parts.spend('namespaces', performance.now() - startMs - (parts.totalMs - spentMs));
    }
  }

  #visitNow(
    namespace: Namespace,
    context: PollContext,
    mustRead: boolean,
  ): NamespaceReading | typeof QUIET | undefined {
    const state = this.#stateOf(namespace);
    const found = namespace.visit((view) => {
      const isToBeRead = mustRead || context.failures.wereRecentIn(view);
      return !isToBeRead && state.isQuiet(view, context) ? QUIET : state.read(view, context);
    });
    if (found === undefined) this.#namespaces.forget(namespace);
    return found;
  }

  /** Reads quiet namespaces that are due, those read longest ago first, as many as the CPU budget allows. */
  #refresh(
    quiet: readonly NamespaceState[],
    context: PollContext,
  ): ReadonlyMap<number, NamespaceReading> {
    const refreshed = new Map<number, NamespaceReading>();
    const due = quiet.filter((state) => state.isDue(context.nowMs));
    for (const { namespace } of due.toSorted((a, b) => a.readAtMs - b.readAtMs)) {
      if (!this.#cpuBudget.isLeft) break;
      const startMs = performance.now();
      const found = this.#visit(namespace, context, true);
      if (found !== undefined && found !== QUIET) refreshed.set(namespace.id, found);
      this.#cpuBudget.spend(performance.now() - startMs);
    }
    return refreshed;
  }

  #stateOf(namespace: Namespace): NamespaceState {
    const known = this.#states.get(namespace.id);
    if (known !== undefined) return known;
    const state = new NamespaceState(namespace, this.#budgets);
    state.nameServices(servicesIn(namespace, this.#namespaces.host, this.#services));
    this.#states.set(namespace.id, state);
    return state;
  }

  #forgetAllBut(namespaces: readonly Namespace[]): void {
    const ids = new Set(namespaces.map(({ id }) => id));
    for (const id of this.#states.keys()) if (!ids.has(id)) this.#states.delete(id);
  }
}

function quietNamespace(
  { id, identity }: Namespace,
  refreshed: ReadonlyMap<number, NamespaceReading>,
): QuietNamespace {
  return { id, identity, reading: refreshed.get(id) };
}

/** A namespace cannot be read: where none of the parts in it says why, it could not be entered. */
function noteRefusal(parts: PartMeter, { message }: KernelError): void {
  if (!parts.hasUnsettled) parts.fail('namespaces', message);
}
