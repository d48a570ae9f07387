/** The held ports of a pool by socket state. */
export interface HeldStates {
  readonly held: number;
  readonly established: number;
  readonly synSent: number;
  readonly timeWait: number;
  readonly closeWait: number;
}

/** The held ports of a followed pool at an earlier poll. */
export interface EarlierStates extends HeldStates {
  /** How long before this poll. */
  readonly secondsAgo: number;
}

/** What the samples of a pool show. */
export interface Trend {
  /** The highest usage ratio in the window. */
  readonly peakRatio: number;
  /** Seconds; see `timeToExhaustion`. Computed when it is first read, because it costs most of all. */
  readonly timeToExhaustionSeconds: number | undefined;
  /** Connections that were opened since the pool is followed, as far as is proved: see `PoolCounts.opened`. */
  readonly opens: number;
  /** The oldest sample of the last minute; absent where there is only that of this poll. */
  readonly earlier?: EarlierStates | undefined;
  /** How long the pool has been followed. */
  readonly followedSeconds?: number;
  /** The samples of the window, oldest first, thinned out; made when they are first read, for only few are. */
  readonly past?: readonly EarlierStates[];
}
