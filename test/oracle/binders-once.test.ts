import { expect, test } from 'vitest';
import { BinderStory } from '../support/binders.ts';
import { countConnects } from '../support/kernel-oracle.ts';
import { Polls, SOURCES } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import { inNetwork } from '../support/scenario.ts';

/**
 * What one poll alone, as by `--once`, says to a new destination after a random story of programs that bind before they
 * connect: it names bounds, and the kernel is within them. `BINDER_STORIES` and `MIXTURE_SEED` as for mixtures.
 */
const COUNT = Number(process.env['BINDER_STORIES'] ?? 12);
const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);

for (let seed = SEED; seed < SEED + COUNT; seed += 1) {
  test(`binder story with seed ${seed}, polled once`, () =>
    inNetwork(async (network) => {
      const story = new BinderStory(network, new Random(seed));
      const steps = story.steps();
      while (steps.next().done !== true);
      const target = story.newTarget();
      const said = [];
      for (const source of SOURCES) {
        const polls = new Polls({ flags: [`--poll.source=${source}`], once: true });
        await polls.next();
        said.push({ source, ...bounds(polls) });
        polls.close();
      }
      const granted = countConnects(network, target);
      for (const { source, least, most } of said) {
        expect(granted, `${source}: at least ${least}`).toBeGreaterThanOrEqual(least);
        expect(granted, `${source}: at most ${most}`).toBeLessThanOrEqual(most);
      }
    }));
}

/** Ports that a new destination is said to have, at least and at most. */
function bounds(polls: Polls): { least: number; most: number } {
  const [namespace] = polls.details.namespaces;
  const connect = namespace?.kinds.find(({ kind }) => kind === 'connect');
  if (namespace === undefined || connect === undefined) throw new Error('nothing was read');
  return { least: connect.capacity - namespace.undecided, most: connect.capacity };
}
