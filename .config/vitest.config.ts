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
    // Two processors, and the daemon's suites mostly wait.
    maxWorkers: 4,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Loading takes longer than most tests: the files of a project share processes. A process that has been in a
    // namespace has lost the machine's network, so that tests which know nothing of namespaces have processes of their own.
    isolate: false,
    projects: [
      { extends: true, test: { name: 'on the spot', include: ON_THE_SPOT } },
      {
        extends: true,
        // The kernel gives ports at random, and the machine may be busy: what fails once is tried again, and named at the end.
        test: {
          name: 'in namespaces',
          include: ['test/**/*.test.ts'],
          exclude: ON_THE_SPOT,
          retry: 1,
        },
      },
    ],
  },
});
