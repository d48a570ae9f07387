import { expect, test } from 'vitest';
import { BinderStory } from '../support/binders.ts';
import { Polls, SOURCES } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import { inNetwork } from '../support/scenario.ts';
import { untilNoTimeWaitEnds } from '../support/time-wait-ends.ts';
import type { Verdict } from '../support/verdict.ts';

/**
 * Stories of programs that bind before they connect, with the pauses that a daemon makes between its polls: sockets grow old,
 * and TIME_WAITs end. `BINDER_STORIES` and `MIXTURE_SEED` as in `binders.test.ts`; both sources poll the same story. What
 * ages do not tell apart by chance is tried again; a number by netlink that is there and wrong fails.
 */
/**
 * Between two connections of a story: the kernel counts ages in ticks of 4 ms, and what is of one age has no order. Without
 * pauses the outcome depends on how fast the machine is.
 */
const PACE_MS = 4;
const COUNT = Number(process.env['BINDER_STORIES'] ?? 6);
const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);

for (let seed = SEED; seed < SEED + COUNT; seed += 1) {
  const seconds = new Random(seed).pick([1, 5]);
  const wrongByNetlink: Verdict[] = [];
  test(
    `binder story with seed ${seed}, polled every ${seconds} s`,
    { timeout: 300_000, retry: 2 },
    ({ task }) =>
      inNetwork(async (network) => {
        // A retry tells the same story again.
        const random = new Random(seed);
        random.pick([1, 5]);
        const story = new BinderStory(network, random, PACE_MS);
        const polls = SOURCES.map((source) => new Polls({ flags: [`--poll.source=${source}`] }));
        let polledAtMs = performance.now() - seconds * 1000;
        const pollAll = () => {
          const sincePollSeconds = (performance.now() - polledAtMs) / 1000;
          polledAtMs += sincePollSeconds * 1000;
          return Promise.all(polls.map((each) => each.next(sincePollSeconds)));
        };
        await pollAll();
        const steps = story.steps();
        while (steps.next().done !== true) {
          await pause(seconds * 1000);
          await pollAll();
        }
        await untilNoTimeWaitEnds();
        const pages = await pollAll();
        for (const each of polls) each.close();
        const predicted = pages.map((page) => story.predict(page));
        const measured = story.measure();
        const title = `seed ${seed}, try ${(task.result?.retryCount ?? 0) + 1}: ${SOURCES.join()}`;
        const byNetlink = predicted[SOURCES.indexOf('netlink')] ?? {};
        if (isWrong(byNetlink, measured)) wrongByNetlink.push(byNetlink);
        expect(predicted, title).toEqual(SOURCES.map(() => measured));
        expect(wrongByNetlink, 'by netlink, at any try').toEqual([]);
      }),
  );
}

/** Whether a number is there, and not that of the kernel: a pool of which nothing is known is absent. */
function isWrong(predicted: Verdict, measured: Verdict): boolean {
  return Object.entries(predicted).some(
    ([what, number]) => number !== -1 && number !== measured[what],
  );
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
