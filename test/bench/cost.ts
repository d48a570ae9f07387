import { cpuMs } from './clock.ts';

/** What one piece of work took. */
export interface Cost {
  readonly wallMs: number;
  /** User and system time of the whole process, all threads: the garbage collector's too. */
  readonly cpuMs: number;
}

/** Does `work`, and says what it took. */
export function costed(work: () => unknown): () => Cost {
  return () => {
    const [startMs, before] = [performance.now(), cpuMs()];
    work();
    return { wallMs: performance.now() - startMs, cpuMs: cpuMs() - before };
  };
}
