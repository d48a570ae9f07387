import { TCP_TIME_WAIT } from '../../kernel/socket-row.ts';
import { TIME_WAIT_SECONDS } from '../../pools/time-wait.ts';
import type { PortSocket } from '../../scan/port-sockets.ts';
import type { Began, Followed } from '../../scan/port-watch.ts';
import type { PortStatus } from './port-status.ts';

/**
 * By what it is known since when: *polls*, which follow listeners, known service ports and bound ports; *questions* about the
 * same port, which found the same socket; *time_wait*, of which the kernel shows what is left.
 */
export const KNOWN_BY = ['polls', 'questions', 'time_wait'] as const;

/**
 * Since when a port is what it is. It may be so for longer than from `atLatestSeconds` on, never for longer than from
 * `atEarliestSeconds` on.
 */
export interface Since extends Began {
  readonly knownBy: (typeof KNOWN_BY)[number];
}

/** What is remembered of one port by the time somebody asks. */
export interface PortPast {
  /** Unix time of the look. */
  readonly nowSeconds: number;
  /** Since when polls have found it so. */
  readonly polls: (what: Followed) => Began | undefined;
  /** Since when questions have found the socket on it. */
  readonly questions: (socket: PortSocket) => Began | undefined;
}

/** What one look alone knows, which nobody remembers. */
export function pastOfOneLook(nowSeconds: number): PortPast {
  return { nowSeconds, polls: () => undefined, questions: () => undefined };
}

const FOLLOWED_AS: Readonly<Record<Exclude<PortStatus, 'free'>, Followed>> = {
  listening: 'listening',
  taken: 'taken',
  bound: 'bound',
};

/** `sockets` are those that make the port what it is. What reaches back furthest is taken. */
export function sinceOf(
  status: PortStatus,
  sockets: readonly PortSocket[],
  past: PortPast,
): Since | undefined {
  if (status === 'free') return undefined;
  const polls = knownBy('polls', past.polls(FOLLOWED_AS[status]));
  const questions = sockets.flatMap((socket) => knownBy('questions', past.questions(socket)));
  const timeWaits = sockets.flatMap((socket) => timeWaitBegan(socket, past.nowSeconds));
  return earliest([...polls, ...questions, ...timeWaits]);
}

/** The one that reaches back furthest. */
export function earliest(all: readonly Since[]): Since | undefined {
  const [first] = all.toSorted((a, b) => a.atLatestSeconds - b.atLatestSeconds);
  return first;
}

function knownBy(by: Since['knownBy'], began: Began | undefined): readonly Since[] {
  return began === undefined ? [] : [{ ...began, knownBy: by }];
}

/** A FIN that comes again begins the minute anew, so that it may have begun earlier; and the connection was there before. */
function timeWaitBegan({ state, remainingMs }: PortSocket, nowSeconds: number): readonly Since[] {
  if (state !== TCP_TIME_WAIT) return [];
  const atLatestSeconds = nowSeconds - (TIME_WAIT_SECONDS - remainingMs / 1000);
  return [{ atLatestSeconds, atEarliestSeconds: undefined, knownBy: 'time_wait' }];
}
