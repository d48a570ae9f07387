import { expect, test } from 'vitest';
import { pollOnce, SOURCES } from './exporter.ts';
import type { Exposition } from './exposition.ts';
import { Network, pause, type Target } from './network.ts';
import { measure, predict } from './verdict.ts';

/** A delay far longer, and one far shorter, than any test takes. */
export const NEVER_REUSED_MS = 50_000;
export const REUSED_AT_ONCE_MS = 1;

/** The range of every scenario: 100 ports. */
export const LOW = 40_000;
export const HIGH = 40_099;

/** Opens sockets in a fresh namespace; returns the targets whose ports are then counted. */
export type Stage = (network: Network) => readonly Target[];

/** Runs `body` in a network namespace of its own with the usual range; the sockets are closed after. */
export async function inNetwork(body: (network: Network) => void | Promise<void>): Promise<void> {
  const network = Network.enter();
  try {
    network.range(LOW, HIGH);
    await body(network);
  } finally {
    network.dispose();
  }
}

/**
 * A test that one poll of the built program says what the kernel then grants: equality, to the port,
 * whichever source it reads.
 */
export function scenario(title: string, stage: Stage, more?: (page: Exposition) => void): void {
  test(title, () =>
    inNetwork((network) => {
      const targets = stage(network);
      const pages = SOURCES.map((source) => [source, pollOnce(source)] as const);
      const granted = measure(network, targets);
      for (const [source, page] of pages) {
        expect(predict(page, targets), source).toEqual(granted);
        more?.(page);
      }
    }),
  );
}

/** Milliseconds that must pass for `REUSED_AT_ONCE_MS` to be over, and for a poll to see it. */
export function letReuseBegin(): void {
  pause(30);
}
