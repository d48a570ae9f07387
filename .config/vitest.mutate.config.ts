import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run mutate`: plants one error after the other and asks whether a scenario notices. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/mutate/**/*.mutate.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 300_000,
    maxConcurrency: 2,
  },
});
