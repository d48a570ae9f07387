import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Answer } from '../../src/sampler/question.ts';
import type { Sampler as SamplerType } from '../../src/sampler/sampler.ts';
import { pollOptions } from '../support/pools.ts';
import { writeProcfs } from '../support/procfs.ts';

/** A worker's entry must be JavaScript: the sampler of the build. */
const BUILT = new URL('../../dist/sampler.js', import.meta.url).href;
const { Sampler } = (await import(BUILT)) as {
  readonly Sampler: typeof SamplerType;
};

const options = { poll: pollOptions(writeProcfs()), intervalSeconds: 60 };
const clock = { monotonicMs: () => nowMs, unixSeconds: () => nowMs / 1000 };
let nowMs = 0;
let sampler: SamplerType;

beforeEach(async () => {
  nowMs = 1_000_000;
  sampler = new Sampler(options, clock);
  sampler.start();
  await once(sampler, 'poll');
});

afterEach(async () => {
  await sampler.stop();
});

describe('the sampler', () => {
  test('encodes the details once per poll, when somebody asks, for all who do', async () => {
    const ask = (): Promise<Answer | undefined> => sampler.ask({ about: 'snapshot' });
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(first?.ok && first.json).toBeInstanceOf(Uint8Array);
    expect(second).toBe(first);
    expect(await ask()).toBe(first);
    const polled = once(sampler, 'poll');
    await sampler.reconfigure({ ...options, intervalSeconds: 1 });
    await polled;
    const third = await ask();
    expect(third?.ok && third.json).toBeInstanceOf(Uint8Array);
    expect(third).not.toBe(first);
  });

  test('shares the answers that everybody asks for, however many other questions there are', async () => {
    for (let port = 1; port <= 40; port += 1) {
      await sampler.ask({ about: 'port', port, netns: undefined, pod: undefined });
    }
    const [first, second] = [
      await sampler.ask({ about: 'overview' }),
      await sampler.ask({ about: 'overview' }),
    ];
    expect(first?.ok).toBe(true);
    expect(second).toBe(first);
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

/** Whether a thread of this process waits for the other end of a named pipe (`wait_for_partner` in fs/pipe.c). */
function isAnyThreadInFifo(): boolean {
  return readdirSync('/proc/self/task').some((task) => {
    return readFileSync(`/proc/self/task/${task}/wchan`, 'utf8') === 'wait_for_partner';
  });
}

describe('a sampler whose first poll never ends', () => {
  const procfs = writeProcfs();
  const path = join(procfs, 'net/tcp');
  let hanging: SamplerType;

  beforeEach(async () => {
    rmSync(path, { force: true });
    execFileSync('mkfifo', [path]);
    hanging = new Sampler({ poll: pollOptions(procfs), intervalSeconds: 1 }, clock);
    hanging.start();
    while (!isAnyThreadInFifo()) await sleep(50);
  });

  afterEach(async () => {
    const ended = hanging.stop();
    writeFileSync(path, '');
    await ended;
  });

  function wait(seconds: number): void {
    for (let second = 0; second < seconds; second += 1) hanging.tick();
  }

  test('is overdue after 15 s, and does not answer after a minute', async () => {
    wait(8);
    expect([hanging.status.isOverdue, hanging.isAnswering]).toEqual([false, true]);
    wait(15);
    expect([hanging.status.isOverdue, hanging.isAnswering]).toEqual([true, true]);
    const stuck = once(hanging, 'stuck');
    wait(40);
    expect(hanging.isAnswering).toBe(false);
    await stuck;
    expect(await hanging.reconfigure({ poll: pollOptions(procfs), intervalSeconds: 1 })).toContain(
      'did not answer',
    );
    expect(await hanging.ask({ about: 'snapshot' })).toBeUndefined();
  });

  test('is started again as soon as it can be ended', async () => {
    wait(70);
    await once(hanging, 'stuck');
    const died = once(hanging, 'death');
    writeFileSync(path, '');
    rmSync(path);
    writeFileSync(path, '');
    await died;
    expect(hanging.isAnswering).toBe(true);
    await once(hanging, 'poll');
    expect(hanging.status.lastPoll).toBeDefined();
  });
});

test('a death that nobody was there to hear is told to whoever asks later', async () => {
  const parts = { ...options, poll: { ...options.poll, procfs: undefined as unknown as string } };
  const broken = new Sampler(parts, clock);
  broken.start();
  await sleep(3000);
  const deaths: boolean[] = [];
  broken.onDeath(({ isLast }) => deaths.push(isLast));
  expect(deaths.length).toBeGreaterThan(0);
  while (deaths.length < 3) await sleep(50);
  expect(deaths).toEqual([false, false, true]);
  expect(await broken.stop()).toBe(true);
});
