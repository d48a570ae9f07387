import { expect, test } from 'vitest';
import { asUser } from '../../deploy/demo/lab/as-user.ts';
import { countConnects } from '../support/kernel-oracle.ts';
import { Random } from '../support/random.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import { tolerate } from '../support/tolerate.ts';
import { Watch } from '../support/watch.ts';

/**
 * One program that binds for some of its connections and not for others, all to one destination from one address: a group
 * that is neither. What is right by chance, and how much, is printed; `BINDER_STORIES` and `MIXTURE_SEED` as for mixtures.
 */
const COUNT = Number(process.env['BINDER_STORIES'] ?? 12);
const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);
const SIZE = 120;
const TARGET = { to: '127.0.0.1', port: 80 };
const OTHER = { to: '127.0.0.1', port: 81, nonblocking: true };

test(`${COUNT} programs that do both, from seed ${SEED}`, { timeout: 120_000 }, async () => {
  const off: number[] = [];
  for (let seed = SEED; seed < SEED + COUNT; seed += 1) off.push(...(await tell(seed)));
  const right = off.filter((ports) => ports === 0).length;
  console.info(
    `right: ${right} of ${off.length}; off by up to ${Math.max(...off.map(Math.abs))} of ${SIZE} ports`,
  );
  // No program takes more than half of the range, so that no error is larger.
  expect(Math.max(...off.map(Math.abs))).toBeLessThanOrEqual(SIZE / 2);
});

/** By how many ports each source is off about another destination; positive: it says that more are left. */
function tell(seed: number): Promise<readonly number[]> {
  let off: readonly number[] = [];
  return inNetwork(async (network) => {
    const random = new Random(seed);
    network.range(LOW, LOW + SIZE - 1);
    for (const { to, port } of [TARGET, OTHER]) network.listen(to, port);
    const watch = new Watch();
    await watch.next();
    for (let poll = 0; poll < 5; poll += 1) {
      for (let opened = 0; opened < 12; opened += 1) {
        tolerate(() => {
          asUser(1001, () => {
            if (random.oneIn(2)) network.connect(TARGET);
            else network.connectBound(TARGET, TARGET.to, 0);
          });
        });
      }
      await watch.next();
    }
    const pages = [...(await watch.next()).values()];
    watch.close();
    const granted = countConnects(network, OTHER);
    off = pages.map((page) => page.value('capacity', { protocol: 'tcp' }) - granted);
  }).then(() => off);
}
