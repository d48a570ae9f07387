import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run mutate`: plants one error after the other and asks whether a scenario notices. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: 'test/mutate/global-setup.ts',
    include: ['test/mutate/**/*.mutate.ts'],
    reporters: ['verbose'],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 300_000,
    maxConcurrency: 2,
  },
});
