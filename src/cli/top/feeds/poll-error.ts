import { DaemonError } from '../../daemon/daemon-error.ts';
import { PollError } from './feed.ts';

/** Whether a poll failed, and not the program: it is said, and the next one may be better. */
export function isPollError(error: unknown): error is DaemonError | PollError {
  return error instanceof DaemonError || error instanceof PollError;
}
