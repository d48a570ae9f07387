import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { pathOf, planted } from '../test/mutate/mutation.ts';
import { MUTATIONS } from '../test/mutate/mutations.ts';

/** One suite on a source with one planted error: the one of the table that MUTANT in the environment numbers. */
const mutation = MUTATIONS[Number(process.env['MUTANT'])];
if (mutation === undefined) throw new Error('MUTANT must be the number of a mutation');

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  plugins: [
    {
      name: 'planted-error',
      enforce: 'pre',
      transform: (source, path) =>
        path === pathOf(mutation) ? { code: planted(source, mutation), map: null } : undefined,
    },
  ],
  test: {
    include: ['test/**/*.{test,clock}.ts'],
    pool: 'forks',
    maxWorkers: 1,
    bail: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
