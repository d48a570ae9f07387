import { test } from 'vitest';
import { Mixture } from './mixture.ts';
import { Random } from './random.ts';
import { expectAgreement } from './scenario.ts';

const COUNT = Number(process.env['MIXTURES'] ?? (process.env['CI'] === undefined ? 20 : 50));
const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);

/**
 * The kernel chooses ports at random: about one mixture in 500 has ports in an order that one poll alone takes for that of
 * `bind()`. An error in a rule fails again.
 */
const ONCE_MORE = { retry: 1 };

/** Mixtures of what only inet_diag can show, asked of netlink alone; see `mixtures`. */
export function hardMixtures(): void {
  for (let seed = SEED; seed < SEED + COUNT; seed += 1) {
    test(`hard mixture with seed ${seed}`, ONCE_MORE, () =>
      expectAgreement((network) => new Mixture(network, new Random(seed), 'hard').stage(), {
        sources: ['netlink'],
      }),
    );
  }
}

/**
 * Random mixtures against the kernel. `MIXTURES` sets how many, `MIXTURE_SEED` the first seed; each
 * test's title is its seed. Two files play one half each, side by side.
 */
export function mixtures(half: number): void {
  const first = SEED + (half - 1) * 1_000_000;
  for (let seed = first; seed < first + COUNT; seed += 1) {
    test(`mixture with seed ${seed}`, ONCE_MORE, () =>
      expectAgreement((network) => new Mixture(network, new Random(seed)).stage()),
    );
  }
}
