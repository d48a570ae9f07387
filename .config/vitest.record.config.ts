import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm run record-traces`: writes test/history/traces/*.jsonl anew. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: { include: ['test/history/traces/record.ts'], pool: 'forks' },
});
