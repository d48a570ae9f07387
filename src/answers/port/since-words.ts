import { duration, timeText } from '../words.ts';
import type { Since } from './since.ts';

/** Since when a port is what it is, with the direction in which that errs; a sentence. `nowSeconds` is Unix time. */
export function sinceLine(since: Since | undefined, nowSeconds: number): string {
  if (since === undefined)
    return 'Since when is not known: one look has no past, and no daemon that answers remembers.';
  const { atLatestSeconds, atEarliestSeconds, knownBy } = since;
  const ago = (seconds: number): string => duration(Math.max(0, nowSeconds - seconds));
  const most =
    atEarliestSeconds === undefined
      ? UNBOUNDED[knownBy]
      : `; ${ago(atEarliestSeconds)} at most, for the ${LOOK[knownBy]} before did not find it so`;
  return `Since when: at least ${ago(atLatestSeconds)}: ${FIRST[knownBy]} ${timeText(atLatestSeconds)}${most}.`;
}

const FIRST: Readonly<Record<Since['knownBy'], string>> = {
  polls: 'first found so by the poll at',
  questions: 'the same socket was found when somebody asked at',
  time_wait: 'a connection was closed at the latest at',
};

const LOOK: Readonly<Record<Since['knownBy'], string>> = {
  polls: 'poll',
  questions: 'question',
  time_wait: 'look',
};

const UNBOUNDED: Readonly<Record<Since['knownBy'], string>> = {
  polls: ', the first that looked; it may be much longer',
  questions: '; it may be much longer',
  time_wait: '; how long it had the port before is not known',
};
