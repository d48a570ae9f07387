import { parentPort } from 'node:worker_threads';
import { compareSync } from 'bcryptjs';
import type { Comparison, ComparisonResult } from './bcrypt.ts';

/** The thread that compares passwords, one after the other: each takes a tenth of a second or more. */
parentPort?.on('message', ({ id, password, hash }: Comparison) => {
  const result: ComparisonResult = { id, isEqual: compareSync(password, hash) };
  parentPort?.postMessage(result);
});
