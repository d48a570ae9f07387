import type { Snapshot } from '../snapshot/snapshot.ts';
import type { PollOptions } from './poll.ts';

/** What the sampler's thread is started with. */
export interface WorkerOptions {
  readonly poll: PollOptions;
  readonly intervalSeconds: number;
}

/** What the main thread asks of the sampler's. Each is answered by a message with the same `id`. */
export type Request =
  | { readonly type: 'reconfigure'; readonly id: number; readonly options: WorkerOptions }
  | { readonly type: 'details'; readonly id: number };

/** What the sampler's thread says. */
export type Message =
  | { readonly type: 'poll'; readonly report: PollReport }
  /** The options are in force from the next poll on. */
  | { readonly type: 'reconfigured'; readonly id: number }
  /** The details of the latest poll as JSON; undefined where it failed. The bytes are transferred. */
  | { readonly type: 'details'; readonly id: number; readonly json: Uint8Array | undefined };

/** What became of a poll. */
export type PollReport = PollSucceeded | PollFailed;

interface PollCommon {
  /** Polls left out before this one, because the one before took longer than the interval. */
  readonly skippedPolls: number;
}

interface PollSucceeded extends PollCommon {
  readonly ok: true;
  readonly snapshot: Snapshot;
}

interface PollFailed extends PollCommon {
  readonly ok: false;
  /** Names the file and what was expected. */
  readonly problem: string;
  readonly durationSeconds: number;
}
