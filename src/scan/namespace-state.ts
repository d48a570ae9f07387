import { readSocketCounts } from '../kernel/proc/net-sockstat.ts';
import { ASSUMED_SETTINGS, readPortSettings, readPortTexts } from '../kernel/proc/sysctl.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';
import { kindOf } from '../pools/kinds.ts';
import { type Gate, limitsOfReading, limitsOfSettings, type PortLimits } from './gate.ts';
import { type NamespaceReading, NamespaceReader } from './namespace-reader.ts';
import type { Sources } from './sources.ts';

/** How long what was read in a quiet namespace counts as up to date: its settings, its tables. */
const QUIET_READING_LIFE_MS = 60_000;
/** What reading one quiet namespace may take of a core: 250 of them then take a tenth. */
const SHARE = 1 / 2500;

/**
 * Lets the minutes of namespaces that were found together begin at different times: a prime, so that
 * neighbours are spread over the minute.
 */
const STAGGER_MS = 7919;

/** What decides, beside its sockets, whether a namespace is quiet. */
export interface QuietContext {
  readonly gate: Pick<Gate, 'isQuiet'>;
  /** Names of the kinds of pools that this kernel has. */
  readonly presentKinds: ReadonlySet<string>;
  /** Monotonic. */
  readonly nowMs: number;
}

/** One namespace, with what must be remembered of it from poll to poll. */
export class NamespaceState {
  readonly namespace: Namespace;
  readonly #reader: NamespaceReader;
  #limits: PortLimits | undefined;
  /** The settings that the limits were made of, as the kernel writes them. */
  #portTexts = '';
  #checkedAtMs = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #costMs = 0;
  /** Whether ports are held that the numbers of sockets may no longer show. */
  #holdsUncounted = false;

  constructor(namespace: Namespace) {
    this.namespace = namespace;
    this.#reader = new NamespaceReader(namespace);
  }

  /** When its tables were last read, on the monotonic clock. */
  get readAtMs(): number {
    return this.#readAtMs;
  }

  /** Throws `KernelError`. */
  read(view: NetnsView, sources: Sources, nowMs: number): NamespaceReading {
    // One that cannot be read waits for its next turn as any other.
    this.#readAtMs = nowMs;
    const reading = sources.with(view, (source) => this.#reader.read(view, source, nowMs));
    this.#costMs = reading.durationMs;
    this.#limits = limitsOfReading(reading);
    this.#holdsUncounted = reading.views.some(
      ({ kind, held }) => kindOf(kind).census.outlivesSockets === true && held > 0,
    );
    return reading;
  }

  /** Whether its tables need not be read. Throws `KernelError`. */
  isQuiet({ net, sysctl }: NetnsView, { gate, presentKinds, nowMs }: QuietContext): boolean {
    if (this.#holdsUncounted) return false;
    const counts = readSocketCounts(net);
    return gate.isQuiet(
      ({ kind, census }) => (presentKinds.has(kind) ? census.socketsAtMost(net, counts) : 0),
      this.#limitsNow(sysctl, nowMs),
    );
  }

  /** The settings may change: they are looked at once a minute, not in all namespaces at the same poll. */
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
    return nowMs >= this.#readAtMs + Math.max(QUIET_READING_LIFE_MS, this.#costMs / SHARE);
  }
}
