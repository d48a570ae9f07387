import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { earlierRows, elsewhereLines } from './earlier.ts';

const HERE = 'Linux 6.18, AMD EPYC, 2 cores, Node.js v20.20.2, 2026-11-25';
const THERE = 'Linux 6.12, AMD EPYC, 2 cores, Node.js v20.20.2, 2026-11-21 to 2026-11-22';

const PAGE = `# Benchmarks

${HERE}.

| name        | question         | measured     | ratio | wanted | reached |
| ----------- | ---------------- | ------------ | ----- | ------ | ------- |
| \`ss-100k\`   | a poll, by \`ss\`  | 63 ms : 2 ms | 0.31× | ≤ 0.2× | no      |
| \`start\`     | start to the end | 153 ms       |       | ≤ 2 ms | yes     |
| \`history-9\` | not asked yet    | not measured |       | ≤ 2 ms |         |

Measured before, on ${THERE}: \`start\`.
`;

describe('the page of the benchmarks as it was', () => {
  test('a row is read with the machine that it is from', () => {
    const start = { question: 'start to the end', measured: '153 ms', ratio: '', reached: 'yes' };
    expect(earlierRows(PAGE).get('start')).toEqual({ ...start, where: THERE });
    expect(earlierRows(PAGE).get('ss-100k')).toMatchObject({ ratio: '0.31×', where: HERE });
  });

  test('a row that was never measured is none', () => {
    expect([...earlierRows(PAGE).keys()]).toEqual(['ss-100k', 'start']);
  });

  test('each machine is named once, with its rows', () => {
    expect(elsewhereLines(earlierRows(PAGE))).toEqual([
      `Measured before, on ${HERE}: \`ss-100k\`.`,
      `Measured before, on ${THERE}: \`start\`.`,
    ]);
  });

  test('the page of this project is understood', () => {
    const page = readFileSync(new URL('README.md', import.meta.url), 'utf8');
    const rows = [...earlierRows(page).values()];
    expect(rows.length).toBeGreaterThan(20);
    for (const { where, reached } of rows) {
      expect(where).toMatch(/^Linux .* Node\.js v\d/);
      expect(reached).toMatch(/^(yes|no)$/);
    }
  });
});
