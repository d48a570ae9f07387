import { readSocketCounts } from '../kernel/proc/net-sockstat.ts';
import { readSctpSockets } from '../kernel/proc/net-protocols.ts';
import { ASSUMED_SETTINGS, readPortSettings, readPortTexts } from '../kernel/proc/sysctl.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';
import type { GatedSnapshot, NamespaceSnapshot } from '../snapshot/snapshot.ts';
import { type Gate, type PortLimits, limitsOfReading, limitsOfSettings } from './gate.ts';
import { type NamespaceReading, NamespaceReader } from './namespace-reader.ts';
import type { NamespacePools } from './namespace-pools.ts';
import type { Sources } from './sources.ts';

/** How long what was read in a quiet namespace is believed, and what reading it anew may take of a core. */
const BELIEVED_MS = 60_000;
const SHARE = 1 / 2500;

/** Lets the minutes of namespaces that were found together begin at different times. */
const STAGGER_MS = 7919;

/** What decides, beside its sockets, whether a namespace is quiet. */
export interface QuietContext {
  readonly gate: Pick<Gate, 'isQuiet'>;
  /** Whether the kernel has SCTP. */
  readonly hasSctp: boolean;
  /** Monotonic. */
  readonly nowMs: number;
}

/** One namespace, with what must be remembered of it from poll to poll. */
export class NamespaceState {
  readonly namespace: Namespace;
  /** What is said of it while it is quiet; the same object until it is read anew. */
  quiet: GatedSnapshot;
  readonly #reader: NamespaceReader;
  #limits: PortLimits | undefined;
  /** The settings that the limits were made of, as the kernel writes them. */
  #portTexts = '';
  #checkedAtMs = 0;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #costMs = 0;
  /** Ports of SCTP sockets that were closed are held for a while, and only its tables show them. */
  #heldSctp = false;

  constructor(namespace: Namespace) {
    this.namespace = namespace;
    this.#reader = new NamespaceReader(namespace);
    const { id, identity } = namespace;
    this.quiet = { id, identity, lastRead: undefined };
  }

  /** When its tables were last read, on the monotonic clock. */
  get readAtMs(): number {
    return this.#readAtMs;
  }

  /** Throws `KernelError`. */
  read(view: NetnsView, sources: Sources, nowMs: number): NamespaceReading {
    // One that cannot be read waits for its turn as any other.
    this.#readAtMs = nowMs;
    const reading = sources.with(view, (source) => this.#reader.read(view, source, nowMs));
    this.#costMs = reading.durationMs;
    return reading;
  }

  /** Whether its tables need not be read. Throws `KernelError`. */
  isQuiet({ net, sysctl }: NetnsView, { gate, hasSctp, nowMs }: QuietContext): boolean {
    if (hasSctp && (this.#heldSctp || readSctpSockets(net) > 0)) return false;
    return gate.isQuiet(readSocketCounts(net), this.#limitsNow(sysctl, nowMs));
  }

  /** The settings may change: they are looked at once a minute, not in all namespaces at the same poll. */
  #limitsNow(sysctl: string | undefined, nowMs: number): PortLimits {
    const age = nowMs - this.#checkedAtMs;
    if (this.#limits !== undefined && age < BELIEVED_MS) return this.#limits;
    this.#checkedAtMs =
      this.#limits === undefined ? nowMs - ((this.namespace.id * STAGGER_MS) % BELIEVED_MS) : nowMs;
    const portTexts = sysctl === undefined ? '' : readPortTexts(sysctl);
    if (this.#limits === undefined || portTexts !== this.#portTexts) {
      this.#portTexts = portTexts;
      this.#limits = limitsOfSettings(
        sysctl === undefined ? ASSUMED_SETTINGS : readPortSettings(sysctl),
      );
    }
    return this.#limits;
  }

  /** Whether what is said of it while it is quiet should be read anew. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#readAtMs + Math.max(BELIEVED_MS, this.#costMs / SHARE);
  }

  /** Notes what there is to share, as the last reading found. */
  noteLimits({ reading, connect, sctp }: NamespacePools): void {
    this.#heldSctp = sctp.some(({ held }) => held > 0);
    this.#limits = limitsOfReading(reading.tcp.budget.usable.size, connect);
  }

  /** Notes what a quiet namespace held at `atSeconds` of Unix time. */
  noteQuiet(namespace: NamespaceSnapshot, atSeconds: number): void {
    this.quiet = { ...this.quiet, lastRead: { atSeconds, namespace } };
  }
}
