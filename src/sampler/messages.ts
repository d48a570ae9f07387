import type { Snapshot } from '../snapshot.ts';
import type { PollOptions } from './poll.ts';

/** What the sampler's thread is started with. */
export interface WorkerOptions {
  readonly poll: PollOptions;
  readonly intervalSeconds: number;
}

/** What the sampler's thread says after each poll. */
export type PollReport = PollDone | PollFailed;

interface PollDone {
  readonly ok: true;
  readonly snapshot: Snapshot;
  /** Turns left out before this poll. */
  readonly overrun: number;
}

interface PollFailed {
  readonly ok: false;
  /** Names the file and what was expected. */
  readonly problem: string;
  readonly durationSeconds: number;
  readonly overrun: number;
}
