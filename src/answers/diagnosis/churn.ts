import { type PoolUsage, RETURN_SECONDS } from '../../pools/pool.ts';
import { endsInSeconds, TIME_WAIT_SECONDS } from '../../pools/time-wait.ts';
import type { NamespaceSnapshot } from '../../snapshot/snapshot.ts';

/** Closes per second that end in our TIME_WAIT. */
export interface Churn {
  /** At least so many. */
  readonly closesPerSecond: number;
  /** So many, kept up, fill with TIME_WAITs all that its other sockets leave. */
  readonly most: number;
}

/**
 * A TIME_WAIT that is never taken over holds its port for a minute: the rate is what was closed within the age of the oldest.
 * Where they are taken over after `tcp_tw_reuse_delay`, those that cannot be yet were closed within it.
 */
export function churnOf(
  pool: PoolUsage,
  settings: NamespaceSnapshot['settings'] | undefined,
): Churn {
  const { capacity, available, reusable, states } = pool;
  // A connection that is open has its port for as long as it wants.
  const room = Math.min(capacity, available + Math.max(0, states.timeWait - reusable));
  if (reusable > 0 && settings !== undefined) {
    const delaySeconds = Math.max(1, settings.timeWaitReuseDelayMs) / 1000;
    const young = Math.max(0, states.timeWait - reusable);
    return { closesPerSecond: young / delaySeconds, most: room / delaySeconds };
  }
  return {
    closesPerSecond: states.timeWait / ageOfOldest(pool),
    most: room / TIME_WAIT_SECONDS,
  };
}

/** Seconds since the oldest TIME_WAIT began, at most: `returning` counts by periods. */
function ageOfOldest({ returning }: PoolUsage): number {
  const first = returning.findIndex((ports) => ports > 0);
  const left = Math.max(0, first) * RETURN_SECONDS;
  return Math.max(1, endsInSeconds(TIME_WAIT_SECONDS * 1000) - left);
}
