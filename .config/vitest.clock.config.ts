import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/**
 * `npm run test:clock`: what lives through real minutes, because the clock is the kernel's or another
 * program's. Nearly all of that is waiting, so more files run side by side than there are processors.
 */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: 'test/global-setup.ts',
    include: ['test/**/*.clock.ts'],
    reporters: ['verbose'],
    pool: 'forks',
    maxWorkers: 8,
    testTimeout: 120_000,
    hookTimeout: 60_000,
  },
});
