import { readFileSync } from 'node:fs';

/** Fields of a line of /proc/net/tcp: the state, and the timer with what is left of it in hundredths of a second. */
const [STATE, TIMER] = [3, 5];
const TIME_WAIT = '06';
/** Far longer than a poll and a count take, in hundredths of a second. */
const QUIET_CENTISECONDS = 100;
/** A pause between two looks, and how many there are at most: a TIME_WAIT is 4 s late at most. */
const [PAUSE_MS, MAX_LOOKS] = [200, 100];

/**
 * Waits until no TIME_WAIT in this thread's namespace is about to end, so that a poll and a count that follow each other find
 * the same sockets.
 */
export async function untilNoTimeWaitEnds(): Promise<void> {
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    if (!['tcp', 'tcp6'].some(hasOneThatEnds)) return;
    await new Promise((resolve) => {
      setTimeout(resolve, PAUSE_MS);
    });
  }
  throw new Error('TIME_WAITs end all the time');
}

function hasOneThatEnds(table: string): boolean {
  const lines = readFileSync(`/proc/thread-self/net/${table}`, 'utf8').split('\n').slice(1, -1);
  return lines.some((line) => {
    const fields = line.trim().split(/\s+/);
    const left = Number.parseInt(fields[TIMER]?.split(':')[1] ?? '', 16);
    return fields[STATE] === TIME_WAIT && left < QUIET_CENTISECONDS;
  });
}
