import { test } from 'vitest';
import { churnAboveHalf } from '../support/plain-churn.ts';

/**
 * Plain clients above half of the range: at no poll is a port of theirs called bound. `CHURN_POLLS=1200` is an hour of polls;
 * `MIXTURE_SEED` as for mixtures.
 */
const POLLS = Number(process.env['CHURN_POLLS'] ?? 400);
const SEED = Number(process.env['MIXTURE_SEED'] ?? Date.now() % 1_000_000);

for (const reuse of [0, 1, 2]) {
  const seed = SEED + reuse;
  test(`${POLLS} polls, tcp_tw_reuse ${reuse}, seed ${seed}`, { timeout: 600_000 }, () =>
    churnAboveHalf(seed, reuse, POLLS),
  );
}
