import { useRef } from 'preact/hooks';
import type { PoolRow } from '../../../answers/overview/overview.ts';

/** Ports by state at one poll. */
export interface Sample {
  readonly atSeconds: number;
  readonly held: number;
  readonly established: number;
  readonly timeWait: number;
}

/** Chosen: two hours at the usual interval. */
const MAX_SAMPLES = 1440;

/** What was seen of the pool since its detail was opened. */
export function useSamples(row: PoolRow | undefined, takenAtSeconds: number): readonly Sample[] {
  const samples = useRef<readonly Sample[]>([]);
  const last = samples.current.at(-1);
  if (row !== undefined && last?.atSeconds !== takenAtSeconds) {
    const sample = {
      atSeconds: takenAtSeconds,
      held: row.held,
      established: row.established,
      timeWait: row.time_wait,
    };
    samples.current = [...samples.current, sample].slice(-MAX_SAMPLES);
  }
  return samples.current;
}
