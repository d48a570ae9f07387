import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { SecondTries } from './second-try.ts';

/** What neither enters namespaces nor starts the program. */
const ON_THE_SPOT = [
  ...['alerts', 'answers', 'bench', 'cli/daemon', 'cli/flags', 'config', 'documents', 'history'],
  ...['http', 'kernel', 'metrics', 'pools'],
]
  .map((folder) => `test/${folder}/**/*.test.ts`)
  .concat('test/cli/{commands,poll-progress}.test.ts', 'test/cli/top/!(top).test.ts');

/** `npm test`. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: 'test/global-setup.ts',
    reporters: ['default', new SecondTries()],
    pool: 'forks',
    execArgv: ['--expose-gc'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Loading takes longer than most tests: the files of a project share processes. A process that has been in a
    // namespace has lost the machine's network, so that tests which know nothing of namespaces have processes of their own.
    isolate: false,
    projects: [
      // Two processors: what only computes has as many workers, and the daemon's suites, which mostly wait, twice as many.
      {
        extends: true,
        test: {
          name: 'on the spot',
          include: ON_THE_SPOT,
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        // The kernel gives ports at random, and the machine may be busy: what fails once is tried again, and named at the end.
        test: {
          name: 'in namespaces',
          include: ['test/**/*.test.ts'],
          exclude: ON_THE_SPOT,
          retry: 1,
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
    ],
  },
});
