import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';
import { BY_PROMETHEUS, outcome, PASSED_THROUGH } from '../support/monitoring.ts';

/** The vmalert of Debian 12, which the README names. Later suites of Debian have none. */

const PROGRAM = ['vmalert', 'victoria-metrics'] as const;

function dryRun(text: string): { readonly status: number | null; readonly output: string } {
  const file = join(mkdtempSync(join(tmpdir(), 'epe-vmalert-')), 'rules.yml');
  writeFileSync(file, text);
  return outcome(tool(...PROGRAM), '-dryRun', `-rule=${file}`, '-datasource.url=http://localhost');
}

test.each([PASSED_THROUGH, BY_PROMETHEUS])(
  'refuses keep_firing_for, and takes the rest of %s',
  (path) => {
    expect(missing(PROGRAM)).toBeUndefined();
    const rules = readFileSync(path, 'utf8');
    const refused = dryRun(rules);
    expect(refused.output).toContain('unknown fields in rule: keep_firing_for');
    expect(refused.status).not.toBe(0);
    const { status, output } = dryRun(rules.replace(/^ *keep_firing_for:.*\n/gm, ''));
    expect({ status, output: /fatal|error/.exec(output) }).toEqual({ status: 0, output: null });
  },
);
