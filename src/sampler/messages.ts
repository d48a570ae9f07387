import type { MessagePort } from 'node:worker_threads';
import type { RemoteNameRule } from '../config/remote-names.ts';
import type { PartReport } from '../scan/parts.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { PollOptions } from './poll.ts';
import type { Answer, Question } from './question.ts';
import type { SnapshotHead } from './snapshot-parts.ts';

/** What the sampler polls, and how often. */
export interface WorkerOptions {
  readonly poll: PollOptions;
  readonly intervalSeconds: number;
  /** What the configuration calls remote ends. */
  readonly names?: readonly RemoteNameRule[];
}

/** What the sampler's thread is given when it starts. */
export interface WorkerData {
  readonly options: WorkerOptions;
  /** Where it sends the namespaces of each snapshot. */
  readonly parts: MessagePort;
  /** Where it notes its descriptors (see `DescriptorList`). */
  readonly descriptors: Int32Array;
  /** Where it says that it loads native code (see `NativeLoad`). */
  readonly loadFlag: Int32Array;
  /** Where it leaves what counts failures to the next thread (see `FailureStore`). */
  readonly failureSlots: Int32Array;
}

/** Messages from the main thread to the sampler's. */
export type Order =
  | Request
  /** To end by itself, as soon as a poll under way is over. */
  | { readonly type: 'end' };

/** An order that gets a reply with the same `id`. */
export type Request =
  | { readonly type: 'reconfigure'; readonly id: number; readonly options: WorkerOptions }
  | { readonly type: 'ask'; readonly id: number; readonly question: Question };

/** Messages from the sampler's thread to the main thread: a report of each poll, and replies. */
export type Message =
  | { readonly type: 'poll'; readonly report: SentReport }
  /** The options are in force from the next poll on, or, where there is a problem, none of them. */
  | { readonly type: 'reconfigured'; readonly id: number; readonly problem: string | undefined }
  /** From the latest poll; undefined where it failed. The bytes are transferred. */
  | { readonly type: 'answered'; readonly id: number; readonly answer: Answer | undefined };

/** The outcome of a poll. */
export type PollReport = PollSucceeded | PollFailed;

/** The same on its way between the threads. */
export type SentReport = SentSnapshot | PollFailed;

interface SentSnapshot extends PollCommon {
  readonly ok: true;
  readonly head: SnapshotHead;
}

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
  /** What it did part by part, of those that it came to. */
  readonly parts: readonly PartReport[];
  readonly durationSeconds: number;
}
