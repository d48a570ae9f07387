import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupOwner } from '../../../src/kernel/proc/cgroup.ts';
import type { Pod } from '../../../src/namespaces/pod-logs.ts';

/** What container runtimes write: see test/fixtures/pods/README.md. */

export const FIXTURES = new URL('../../fixtures/pods', import.meta.url).pathname;
export interface Fixture extends CgroupOwner {
  readonly runtime: string;
  readonly cgroup: string;
  readonly pod?: Pod;
}

function readFixture(runtime: string): Fixture {
  const cgroup = readFileSync(join(FIXTURES, runtime, 'cgroup'), 'utf8');
  const json = readFileSync(join(FIXTURES, runtime, 'expected.json'), 'utf8');
  return { runtime, cgroup, ...(JSON.parse(json) as CgroupOwner & { readonly pod?: Pod }) };
}

export const RUNTIMES: readonly Fixture[] = readdirSync(FIXTURES, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => readFixture(name));
