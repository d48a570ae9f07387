import { readSocketCounts } from '../kernel/proc/net/net-sockstat.ts';
import { ASSUMED_SETTINGS, readPortSettings, readPortTexts } from '../kernel/proc/sysctl.ts';
import { KernelFileError } from '../kernel/proc/kernel-file.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';
import { kindOf } from '../pools/kinds.ts';
import type { PortBudgets } from '../pools/port-budget.ts';
import type { NamedPorts } from '../pools/services/services.ts';
import type { Failures } from './failures.ts';
import { type Gate, limitsOfReading, limitsOfSettings, type PortLimits } from './gate.ts';
import { type NamespaceReading, NamespaceReader, type SettingsChange } from './namespace-reader.ts';
import { PartMeter } from './parts.ts';
import type { Sources } from './sources.ts';

/** How long settings and tables that were read of a quiet namespace are used. Chosen, not measured. */
const QUIET_READING_LIFE_MS = 60_000;
/** The share of a core that reading one quiet namespace may take: 250 of them then take a tenth. */
const MAX_CPU_SHARE = 1 / 2500;

/**
 * Offset between the minutes of namespaces with successive numbers, so that those found together are not all checked at
 * the same poll. A prime, so that the offsets modulo a minute are all different.
 */
const STAGGER_MS = 7919;

/** What decides, beside its sockets, whether a namespace is quiet. */
export interface QuietContext {
  readonly gate: Pick<Gate, 'isQuiet'>;
  /** Names of the kinds of pools that this kernel has. */
  readonly presentKinds: ReadonlySet<string>;
  /** Monotonic. */
  readonly nowMs: number;
  readonly parts?: PartMeter;
}

/** What reading a namespace needs. */
export interface ReadContext {
  readonly sources: Sources;
  readonly failures: Failures;
  /** Monotonic. */
  readonly nowMs: number;
  readonly parts: PartMeter;
  readonly changeSettings?: SettingsChange | undefined;
}

/** One namespace, with what must be remembered of it from poll to poll. */
export class NamespaceState {
  readonly namespace: Namespace;
  readonly #reader: NamespaceReader;
  #limits: PortLimits | undefined;
  /** The texts of the settings that the limits were made of. */
  #portTexts = '';
  #checkedAtMs = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #costMs = 0;
  /** Whether ports were held at the last reading by a kind of which `sockstat` may no longer count the sockets. */
  #mayHoldUncounted = false;

  /** `budgets` are those of all namespaces. */
  constructor(namespace: Namespace, budgets?: PortBudgets) {
    this.namespace = namespace;
    this.#reader = new NamespaceReader(namespace, budgets);
  }

  /** When its tables were last read, on the monotonic clock. */
  get readAtMs(): number {
    return this.#readAtMs;
  }

  /** Puts the service ports in force that the configuration names for the namespace. */
  nameServices(named: readonly NamedPorts[]): void {
    this.#reader.nameServices(named);
  }

  /** Throws `KernelError`. */
  read(view: NetnsView, context: ReadContext): NamespaceReading {
    const { sources, failures, nowMs, parts, changeSettings } = context;
    // Set first, so that a namespace that cannot be read is not tried again at once.
    this.#readAtMs = nowMs;
    const reading = sources.with(this.namespace, view, (source, mayMiss) =>
      this.#reader.read(view, source, nowMs, {
        parts,
        mayMiss,
        failures: failures.of(view),
        changeSettings,
      }),
    );
    this.#costMs = reading.durationMs;
    this.#limits = limitsOfReading(reading);
    this.#mayHoldUncounted = mayHoldUncounted(reading);
    return reading;
  }

  /** Whether its tables need not be read. Where that cannot be told they are read, which also says why it cannot. */
  isQuiet(view: NetnsView, context: QuietContext): boolean {
    if (this.#mayHoldUncounted) return false;
    try {
      return this.#isQuiet(view, context);
    } catch (error) {
      if (error instanceof KernelFileError) return false;
      throw error;
    }
  }

  #isQuiet({ net, sysctl }: NetnsView, context: QuietContext): boolean {
    const { gate, presentKinds, nowMs, parts = new PartMeter() } = context;
    const counts = parts.time('sockstat', () => readSocketCounts(net));
    return gate.isQuiet(
      ({ kind, census }) => (presentKinds.has(kind) ? census.socketsAtMost(net, counts) : 0),
      this.#limitsNow(sysctl, nowMs),
    );
  }

  /** The limits of the namespace; its settings are read again once a minute, because they may change. */
  #limitsNow(sysctl: string | undefined, nowMs: number): PortLimits {
    const age = nowMs - this.#checkedAtMs;
    if (this.#limits !== undefined && age < QUIET_READING_LIFE_MS) return this.#limits;
    this.#checkedAtMs =
      this.#limits === undefined
        ? nowMs - ((this.namespace.id * STAGGER_MS) % QUIET_READING_LIFE_MS)
        : nowMs;
    const portTexts = sysctl === undefined ? '' : readPortTexts(sysctl);
    if (this.#limits === undefined || portTexts !== this.#portTexts) {
      this.#portTexts = portTexts;
      this.#limits = limitsOfSettings(
        sysctl === undefined ? ASSUMED_SETTINGS : readPortSettings(sysctl),
      );
    }
    return this.#limits;
  }

  /** Whether its tables should be read although it is quiet. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#readAtMs + Math.max(QUIET_READING_LIFE_MS, this.#costMs / MAX_CPU_SHARE);
  }
}

/** What could not be read may hold ports. */
function mayHoldUncounted({ views, failedKinds }: NamespaceReading): boolean {
  const holding = views.filter(({ held }) => held > 0).map(({ kind }) => kind);
  return [...holding, ...failedKinds].some((kind) => kindOf(kind).census.outlivesSockets === true);
}
