import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SecondTries } from './second-try.ts';

/**
 * The numbers of namespaces come back only while nobody else makes any; and nobody else finds owners in time beside
 * processes with very many files.
 */
const ALONE = ['test/daemon/namespaces-lives.clock.ts', 'test/cli/explain/explain-owners.clock.ts'];

/**
 * `npm run test:clock`: what lives through real minutes, or mostly waits, because the clock is the kernel's or another
 * program's. Nearly all of that is waiting, so more files run side by side than there are processors.
 */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: ['test/global-setup.ts', 'test/clock-setup.ts'],
    reporters: ['verbose', new SecondTries()],
    retry: 1,
    pool: 'forks',
    testTimeout: 120_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'side by side',
          include: ['test/**/*.clock.ts'],
          exclude: ALONE,
          maxWorkers: 8,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'newer tools',
          include: ['test/deploy/{routes,rules,web-config}.test.ts'],
          env: { GENERATION: 'newer' },
          maxWorkers: 8,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
