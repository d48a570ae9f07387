import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run soak`. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/soak/**/*.soak.ts'],
    reporters: ['verbose'],
    pool: 'forks',
    maxWorkers: 1,
  },
});
