import { useRef } from 'preact/hooks';
import type { HeldSample } from '../../../../answers/held-sample.ts';
import type { PoolRow } from '../../../../answers/overview/overview.ts';

/** Chosen: two hours at the usual interval. */
const MAX_SAMPLES = 1440;

/** What was seen of the pool since its detail was opened. */
export function useSamples(
  row: PoolRow | undefined,
  takenAtSeconds: number,
): readonly HeldSample[] {
  const samples = useRef<readonly HeldSample[]>([]);
  const last = samples.current.at(-1);
  if (row !== undefined && last?.at_seconds !== takenAtSeconds) {
    const { held, established, syn_sent, time_wait, close_wait } = row;
    const sample = {
      at_seconds: takenAtSeconds,
      held,
      established,
      syn_sent,
      time_wait,
      close_wait,
    };
    samples.current = [...samples.current, sample].slice(-MAX_SAMPLES);
  }
  return samples.current;
}

/** The past that the exporter tells, and what was seen after it. */
export function joined(
  past: readonly HeldSample[],
  seen: readonly HeldSample[],
): readonly HeldSample[] {
  const lastSeconds = past.at(-1)?.at_seconds ?? Number.NEGATIVE_INFINITY;
  return [...past, ...seen.filter(({ at_seconds }) => at_seconds > lastSeconds)];
}
