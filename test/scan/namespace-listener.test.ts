import { expect, test } from 'vitest';
import { Poller } from '../../src/sampler/poll.ts';
import { Resident } from '../support/host.ts';
import { pollOptions } from '../support/pools.ts';

test('a poll tells before each other namespace how many it has looked at', async () => {
  const residents = await Promise.all([Resident.start({}), Resident.start({})]);
  const told: (readonly [number, number])[] = [];
  const onNamespace = (looked: number, all: number): number => told.push([looked, all]);
  try {
    new Poller({ ...pollOptions('/proc'), once: true }, { onNamespace }).poll();
  } finally {
    for (const resident of residents) resident.kill();
  }
  expect(told.length).toBeGreaterThanOrEqual(residents.length);
  expect(told).toEqual(told.map((_, index) => [index, told.length]));
});
