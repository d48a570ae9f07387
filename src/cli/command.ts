import type { BuildInfo } from '../build-info.ts';
import type { RemoteNames } from '../config/remote-names.ts';
import type { WorkerOptions } from '../sampler/messages.ts';
import type { PollOptions } from '../sampler/poll.ts';
import type { FlagValues } from './flags/arguments.ts';
import type { FlagRow } from './flags/flag.ts';

/** A command beside the daemon: it answers one question and ends. */
export interface Command {
  readonly name: string;
  /** What follows the name, beside flags: `[FROM → ]ADDRESS:PORT`; empty where nothing may. */
  readonly argument: string;
  /** What it does, in one line of `--help`. */
  readonly summary: string;
  /** What each exit status means. */
  readonly exitStatuses: readonly (readonly [status: number, meaning: string])[];
  /** That of what could not be read; absent: 1. */
  readonly failedStatus?: number;
  readonly flags: readonly FlagRow[];
  /** Loads what the command needs: `--help` and other commands do without. */
  readonly load: () => Promise<CommandProgram>;
}

/** What runs when the command is called. */
export interface CommandProgram {
  /** Throws `FlagError` where the words or values are wrong, `KernelError` where the poll fails. */
  readonly run: (call: CommandCall) => Promise<CommandOutcome> | CommandOutcome;
  /**
   * What is printed when anything was thrown, wrong flags among it; `args` are the words behind the command's name. Absent:
   * the message is printed to standard error, and the exit status is 2 where the user can correct it, else
   * `failedStatus`.
   */
  readonly failed?: (message: string, args: readonly string[]) => CommandOutcome;
}

/** What a command is called with. */
export interface CommandCall {
  /** The words that are no flags. */
  readonly words: readonly string[];
  readonly values: FlagValues;
  /** What one poll needs, by flags and configuration. */
  readonly poll: PollOptions;
  /** What polls again and again need, the same in it. */
  readonly sampler: WorkerOptions;
  readonly names: RemoteNames;
  readonly build: BuildInfo;
}

export interface CommandOutcome {
  /** For standard output, without the last line break; absent where all was written already. */
  readonly text?: string;
  readonly status: number;
}
