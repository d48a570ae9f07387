import { KernelError } from '../kernel/kernel-error.ts';
import { KernelFileError } from '../kernel/proc/kernel-file.ts';

/**
 * The parts of a poll, each of which may fail alone; what is missing then, as the log says it. A new part is a line here,
 * and a call of `PartMeter` where it is read.
 */
export const PARTS = [
  { part: 'tcp', meaning: 'TCP sockets cannot be read' },
  { part: 'udp', meaning: 'UDP sockets cannot be read, their series are absent' },
  { part: 'sctp', meaning: 'SCTP sockets cannot be read, their series are absent' },
  {
    part: 'settings',
    meaning: "a setting cannot be read, the last one or else the kernel's default is assumed",
  },
  {
    part: 'sockstat',
    meaning: 'sockets cannot be counted, no namespace is left out for having few',
  },
  { part: 'netstat', meaning: 'TIME_WAITs that the kernel drops are not counted' },
  { part: 'conntrack', meaning: 'what NAT of this host refuses is not known' },
  { part: 'namespaces', meaning: 'network namespaces cannot be looked for or read' },
  { part: 'names', meaning: 'pods cannot be named' },
  { part: 'failures', meaning: 'refused calls cannot be counted' },
  { part: 'owners', meaning: 'who holds ports cannot be read' },
] as const;

export type PartName = (typeof PARTS)[number]['part'];

/** What one poll did for one part, in all namespaces together. */
export interface PartReport {
  readonly part: PartName;
  /** Whether it failed nowhere. */
  readonly ok: boolean;
  /** Why it failed first; empty where it did not. */
  readonly problem: string;
  readonly durationSeconds: number;
}

/** Measures the parts of a poll, and keeps why they failed. */
export class PartMeter {
  readonly #milliseconds = new Map<PartName, number>();
  readonly #problems = new Map<PartName, string>();
  /** Problems in the namespace that is being read: it may turn out to be gone. */
  readonly #unsettled = new Map<PartName, string>();
  #totalMs = 0;

  /** Begins a poll. */
  begin(): void {
    this.#milliseconds.clear();
    this.#problems.clear();
    this.#unsettled.clear();
    this.#totalMs = 0;
  }

  /** Time spent on all parts since the poll began. */
  get totalMs(): number {
    return this.#totalMs;
  }

  /** Whether a part failed since the last namespace was settled. */
  get hasUnsettled(): boolean {
    return this.#unsettled.size > 0;
  }

  /** Reads a part without which the namespace is worth nothing. Throws what `read` throws. */
  required<T>(part: PartName, read: () => T): T {
    try {
      const value = this.time(part, read);
      this.#unsettled.delete(part);
      return value;
    } catch (error) {
      this.fail(part, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  /**
   * Reads a part that may fail alone: undefined where a file of it cannot be read or is not understood, and with
   * `mayMiss` where netlink fails too. What else `read` throws is thrown on: another attempt is made, or another source
   * is tried.
   */
  optional<T>(part: PartName, read: () => T, mayMiss = false): T | undefined {
    try {
      return this.required(part, read);
    } catch (error) {
      if (error instanceof (mayMiss ? KernelError : KernelFileError)) return undefined;
      throw error;
    }
  }

  time<T>(part: PartName, read: () => T): T {
    const startMs = performance.now();
    try {
      return read();
    } finally {
      this.spend(part, performance.now() - startMs);
    }
  }

  spend(part: PartName, milliseconds: number): void {
    this.#milliseconds.set(part, (this.#milliseconds.get(part) ?? 0) + milliseconds);
    this.#totalMs += milliseconds;
  }

  fail(part: PartName, problem: string): void {
    this.#unsettled.set(part, problem);
  }

  /** The namespace under way was read, or could not be: what failed in it failed. `where` is put before each problem. */
  settle(where = ''): void {
    for (const [part, problem] of this.#unsettled) {
      if (!this.#problems.has(part)) this.#problems.set(part, where + problem);
    }
    this.#unsettled.clear();
  }

  /** The namespace under way is gone: that its files cannot be read is no problem. */
  discard(): void {
    this.#unsettled.clear();
  }

  /** The parts that this poll tried, in the order of the table. */
  reports(): readonly PartReport[] {
    return PARTS.flatMap(({ part }) => {
      const milliseconds = this.#milliseconds.get(part);
      if (milliseconds === undefined) return [];
      const problem = this.#problems.get(part) ?? '';
      return [{ part, ok: problem === '', problem, durationSeconds: milliseconds / 1000 }];
    });
  }
}
