import { expect, test } from 'vitest';
import { PollProgress } from '../../src/cli/poll-progress.ts';

/** A terminal that keeps what it is written, and a clock that goes on when told. */
function onTerminal(isTTY: boolean): {
  readonly written: string[];
  readonly progress: PollProgress;
  readonly wait: (ms: number) => void;
} {
  const written: string[] = [];
  let nowMs = 0;
  const output = { isTTY, write: (text: string) => written.push(text) };
  const progress = new PollProgress(output, () => nowMs);
  return { written, progress, wait: (ms) => (nowMs += ms) };
}

const CLEARED = '\r\u001B[K';

test('a poll that takes longer than a second says how far it is, and clears the line', () => {
  const { written, progress, wait } = onTerminal(true);
  progress.onNamespace(0, 250);
  wait(1000);
  progress.onNamespace(80, 250);
  wait(100);
  progress.onNamespace(90, 250);
  wait(100);
  progress.onNamespace(100, 250);
  progress.end();
  progress.end();
  expect(written).toEqual([
    '\rlooked at 80 of 250 network namespaces…\u001B[K',
    '\rlooked at 100 of 250 network namespaces…\u001B[K',
    CLEARED,
  ]);
});

test('a short poll says nothing', () => {
  const { written, progress, wait } = onTerminal(true);
  wait(999);
  progress.onNamespace(249, 250);
  progress.end();
  expect(written).toEqual([]);
});

test('where no terminal is, nothing is said', () => {
  const { written, progress, wait } = onTerminal(false);
  wait(5000);
  progress.onNamespace(10, 250);
  progress.end();
  expect(written).toEqual([]);
});
