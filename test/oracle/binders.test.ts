import { isDeepStrictEqual } from 'node:util';
import { afterAll, expect, test } from 'vitest';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { BinderStory } from '../support/binders.ts';
import { Polls, SOURCES } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import { inNetwork } from '../support/scenario.ts';
import type { Verdict } from '../support/verdict.ts';

/** Random stories of programs that bind before they connect; `BINDER_STORIES` and `MIXTURE_SEED` as for mixtures. */
const COUNT = Number(process.env['BINDER_STORIES'] ?? 12);
/**
 * One to three stories in 100 open and close all their connections within the 10 ms that ages tell apart, so that nothing tells
 * who chose the ports: then it is said how many these are, and the kernel is between the bounds; the faster the machine, the more.
 * Chosen: so many that a run with as many as that by chance is one in thousands.
 */
const MAX_BOUNDED = Math.max(3, COUNT / 10);
const bounded: string[] = [];
const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);

for (let seed = SEED; seed < SEED + COUNT; seed += 1) {
  for (const source of SOURCES) {
    test(`binder story with seed ${seed}, polled from the start (${source})`, () =>
      inNetwork(async (network) => {
        const story = new BinderStory(network, new Random(seed));
        const polls = new Polls({ flags: [`--poll.source=${source}`] });
        let page = await polls.next();
        // Of what a poll found undecided the later ones say nothing, unless there is something to judge anew. What the same
        // programs open later is not judged either, once half of the first pass is taken.
        let undecided = 0;
        let heldBefore = 0;
        const steps = story.steps();
        while (steps.next().done !== true) {
          page = await polls.next();
          const held = heldBy(page);
          if (undecided > 0) undecided += Math.max(0, held - heldBefore);
          undecided = Math.max(undecided, polls.details.namespaces[0]?.undecided ?? 0);
          heldBefore = held;
        }
        polls.close();
        const predicted = story.predict(page);
        const measured = story.measure();
        if (undecided === 0 || isDeepStrictEqual(predicted, measured)) {
          expect(predicted).toEqual(measured);
        } else {
          bounded.push(`${seed} ${source}`);
          expectWithin(predicted, measured, undecided);
        }
      }));
  }
}

afterAll(() => {
  for (const source of SOURCES) {
    const ofSource = bounded.filter((name) => name.endsWith(source));
    if (ofSource.length > 0) console.log(`within bounds: ${ofSource.join(', ')}`);
    expect(ofSource.length).toBeLessThanOrEqual(MAX_BOUNDED);
  }
});

/** Ports that all connections hold. */
function heldBy({ samples }: Exposition): number {
  return samples
    .filter(({ name, labels }) => name.endsWith('endpoint_held') && labels['pool'] === 'connect')
    .reduce((sum, { value }) => sum + value, 0);
}

/** A pool of binds may be absent, and a connect pool have so many ports less. */
function expectWithin(predicted: Verdict, measured: Verdict, undecided: number): void {
  for (const [pool, granted] of Object.entries(measured)) {
    const said = predicted[pool] ?? -1;
    if (pool.startsWith('bind')) expect([-1, granted], pool).toContain(said);
    else expect(said >= granted && said - undecided <= granted, `${pool}: ${said}`).toBe(true);
  }
}
