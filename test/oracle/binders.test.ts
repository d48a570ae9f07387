import { expect, test } from 'vitest';
import { BinderStory } from '../support/binders.ts';
import { Polls, SOURCES } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import { inNetwork } from '../support/scenario.ts';

/** Random stories of programs that bind before they connect; `BINDER_STORIES` and `MIXTURE_SEED` as for mixtures. */
const COUNT = Number(process.env['BINDER_STORIES'] ?? 12);
/**
 * About one story in 100 opens and closes all its connections within the 10 ms that ages tell apart, on ports by chance such
 * that nothing is decided at the last poll; the faster the machine, the more. An error in a rule fails again.
 */
const RETRIES = 4;
const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);

for (let seed = SEED; seed < SEED + COUNT; seed += 1) {
  for (const source of SOURCES) {
    test(
      `binder story with seed ${seed}, polled from the start (${source})`,
      { retry: RETRIES },
      () =>
        inNetwork(async (network) => {
          const story = new BinderStory(network, new Random(seed));
          const polls = new Polls({ flags: [`--poll.source=${source}`] });
          let page = await polls.next();
          const steps = story.steps();
          while (steps.next().done !== true) page = await polls.next();
          polls.close();
          const predicted = story.predict(page);
          expect(predicted).toEqual(story.measure());
        }),
    );
  }
}
