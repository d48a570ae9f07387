import { expect, test } from 'vitest';
import { stopDaemons } from './daemon.ts';
import { pollOnce, type Source, SOURCES } from './polls.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { HAS_REUSE_DELAY, UNBINDS_SHARED_PORTS } from './kernel-version.ts';
import { Network, pause, type Target } from '../../deploy/demo/lab/network.ts';
import { measure, measureConnects, predict, predictConnects } from './verdict.ts';

/** A delay far longer, and one far shorter, than any test takes. */
export const NEVER_REUSED_MS = 50_000;
export const REUSED_AT_ONCE_MS = 1;

/** The delays to be had: where it is no setting, TIME_WAITs cannot be kept from becoming reusable. */
export const REUSE_DELAYS_MS: readonly [number, ...number[]] = HAS_REUSE_DELAY
  ? [NEVER_REUSED_MS, REUSED_AT_ONCE_MS]
  : [REUSED_AT_ONCE_MS];

/** The sysctl that sets the delay, for kernels that have it. */
export function reuseDelay(milliseconds: number): Record<string, number> {
  return HAS_REUSE_DELAY ? { 'ipv4.tcp_tw_reuse_delay': milliseconds } : {};
}

/** The range of every scenario: 100 ports. */
export const LOW = 40_000;
export const HIGH = 40_099;

/** Opens sockets in a fresh namespace; returns the targets whose ports are then counted. */
export type Stage = (network: Network) => readonly Target[];

/** Runs `body` in a network namespace of its own with the usual range; sockets and daemons are ended after. */
export async function inNetwork(body: (network: Network) => void | Promise<void>): Promise<void> {
  const network = Network.enter();
  try {
    network.range(LOW, HIGH);
    await body(network);
  } finally {
    await stopDaemons();
    network.dispose();
  }
}

/** What else is expected of each page, and which sources are asked; all, unless said otherwise. */
interface Expectation {
  readonly sources?: readonly Source[];
  readonly more?: ((page: Exposition) => void) | undefined;
}

/**
 * A test that one poll says what the kernel then grants: equality, to the port, whichever source it reads.
 */
export function scenario(title: string, stage: Stage, more?: (page: Exposition) => void): void {
  test(title, () => expectAgreement(stage, { more }));
}

/**
 * One poll says what the kernel then grants. Before Linux 6.18 the binds that are counted leave their mark
 * on ports that connect()ed sockets share, so connects are counted in a namespace of their own.
 */
export async function expectAgreement(
  stage: Stage,
  { sources = SOURCES, more }: Expectation = {},
): Promise<void> {
  let targets: readonly Target[] = [];
  await inNetwork(async (network) => {
    targets = stage(network);
    const counted = UNBINDS_SHARED_PORTS ? targets : [];
    const pages = await pollBy(sources);
    const granted = measure(network, counted);
    for (const [source, page] of pages) {
      expect(predict(page, counted), source).toEqual(granted);
      more?.(page);
    }
  });
  if (UNBINDS_SHARED_PORTS || targets.length === 0) return;
  await inNetwork(async (network) => {
    targets = stage(network);
    const pages = await pollBy(sources);
    const granted = measureConnects(network, targets);
    for (const [source, page] of pages) {
      expect(predictConnects(page, targets), source).toEqual(granted);
    }
  });
}

async function pollBy(
  sources: readonly Source[],
): Promise<readonly (readonly [Source, Exposition])[]> {
  const pages: (readonly [Source, Exposition])[] = [];
  for (const source of sources) pages.push([source, await pollOnce(source)]);
  return pages;
}

/** Waits until `REUSED_AT_ONCE_MS` is over, or the second that stands for it, and a poll can see it. */
export function letReuseBegin(): void {
  pause(HAS_REUSE_DELAY ? 30 : 1100);
}
