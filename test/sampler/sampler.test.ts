import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Sampler as SamplerType } from '../../src/sampler/sampler.ts';
import { pollOptions } from '../support/pools.ts';
import { writeProcfs } from '../support/procfs.ts';

/** A worker's entry must be JavaScript: the sampler of the build. */
const BUILT = new URL('../../dist/sampler/sampler.js', import.meta.url).href;
const { Sampler } = (await import(BUILT)) as {
  readonly Sampler: typeof SamplerType;
};

const options = { poll: pollOptions(writeProcfs()), intervalSeconds: 60 };
let nowMs = 0;
let sampler: SamplerType;

beforeEach(async () => {
  nowMs = 1_000_000;
  sampler = new Sampler(options, { monotonicMs: () => nowMs, unixSeconds: () => nowMs / 1000 });
  sampler.start();
  await once(sampler, 'poll');
});

afterEach(async () => {
  await sampler.stop();
});

describe('the sampler', () => {
  test('encodes the details once per poll, when somebody asks, for all who do', async () => {
    const [first, second] = await Promise.all([sampler.details(), sampler.details()]);
    expect(first).toBeInstanceOf(Uint8Array);
    expect(second).toBe(first);
    expect(await sampler.details()).toBe(first);
    const polled = once(sampler, 'poll');
    await sampler.reconfigure({ ...options, intervalSeconds: 1 });
    await polled;
    const third = await sampler.details();
    expect(third).toBeInstanceOf(Uint8Array);
    expect(third).not.toBe(first);
  });

  test('acknowledges other options, and polls by them', async () => {
    await sampler.reconfigure({ ...options, intervalSeconds: 1 });
    await once(sampler, 'poll');
    const { procfs } = options.poll;
    await sampler.reconfigure({ poll: { ...options.poll, procfs }, intervalSeconds: 1 });
    expect(sampler.status.lastPoll?.ok).toBe(true);
  });

  test('shows no snapshot that is older than three intervals', () => {
    expect(sampler.staleAfterSeconds).toBe(180);
    expect(sampler.fresh).toBeDefined();
    nowMs += 179_000;
    expect(sampler.fresh).toBeDefined();
    nowMs += 2000;
    expect(sampler.fresh).toBeUndefined();
  });
});
