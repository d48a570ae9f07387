import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What neither enters namespaces nor starts the program: its files share processes, and what these have loaded. */
const SHARING = [
  ...['alerts', 'answers', 'bench', 'cli', 'config', 'documents', 'history', 'http', 'kernel'],
  ...['metrics', 'pools'],
].map((folder) => `test/${folder}/**/*.test.ts`);

/** `npm test`. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    globalSetup: 'test/global-setup.ts',
    pool: 'forks',
    execArgv: ['--expose-gc'],
    // Two processors, and the daemon's suites mostly wait.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'sharing', include: SHARING, isolate: false } },
      { extends: true, test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: SHARING } },
    ],
  },
});
