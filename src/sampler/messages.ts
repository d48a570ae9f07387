import type { Snapshot } from '../snapshot/snapshot.ts';
import type { SnapshotDelta } from './snapshot-delta.ts';
import type { PollOptions } from './poll.ts';

/** What the sampler's thread is started with. */
export interface WorkerOptions {
  readonly poll: PollOptions;
  readonly intervalSeconds: number;
}

/** What the sampler's thread says after each poll. */
export type PollMessage =
  ({ readonly ok: true; readonly delta: SnapshotDelta } & Turn) | PollFailed;

/** What became of a poll. */
export type PollReport = ({ readonly ok: true; readonly snapshot: Snapshot } & Turn) | PollFailed;

interface Turn {
  /** Turns left out before this poll. */
  readonly overrun: number;
}

interface PollFailed extends Turn {
  readonly ok: false;
  /** Names the file and what was expected. */
  readonly problem: string;
  readonly durationSeconds: number;
}
