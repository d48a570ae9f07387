import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../src/config/load.ts';
import { defaultConfig } from '../src/config/defaults.ts';
import { helpText } from '../src/cli/flags.ts';
import { leadTable } from './support/lead.ts';
import { pollOptions } from './support/pools.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const GOLDEN = readFileSync(new URL('./golden/mixed.prom', import.meta.url), 'utf8');

/** The backquoted words in the first column of the README's tables. */
function firstColumn(): Set<string> {
  const rows = README.split('\n').filter((line) => line.startsWith('| `'));
  return new Set(
    rows.flatMap((row) => {
      const [, cell = ''] = row.split('|');
      return Array.from(cell.matchAll(/`([^`]+)`/g), ([, word = '']) => word);
    }),
  );
}

describe('the README', () => {
  test('opens with the two commands', () => {
    const [, , , start, check] = README.split('\n');
    expect(start).toMatch(/^npm ci && npm start /);
    expect(check).toMatch(/^npm ci && npm test /);
  });

  test('lists each metric, and none that is not there', () => {
    const families = Array.from(
      GOLDEN.matchAll(/^# TYPE ephemeral_ports_(\S+)/gm),
      ([, name]) => name,
    );
    expect(families.length).toBeGreaterThan(25);
    expect(families.filter((name) => name !== undefined && !firstColumn().has(name))).toEqual([]);
    const words = [...firstColumn()].filter((word) => /^[a-z]+(_[a-z]+)*$/.test(word));
    expect(words.filter((word) => !families.includes(word))).toEqual([]);
  });

  test('lists each flag, and none that is not there', () => {
    const known = Array.from(helpText().matchAll(/^ {2}(--[a-z.-]+)/gm), ([, flag]) => flag);
    const listed = [...firstColumn()].filter((word) => word.startsWith('--'));
    expect(listed.toSorted()).toEqual(known.toSorted());
  });

  test('shows the configuration that is in force without a file, every key', () => {
    const [, block = ''] = /```yaml\n([\s\S]*?)```/.exec(README) ?? [];
    expect(parseConfig('README.md', block)).toEqual(defaultConfig());
    const keys = (value: unknown): string[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.entries(value).flatMap(([key, child]) => [
            key,
            ...keys(child).map((each) => `${key}.${each}`),
          ])
        : [];
    expect(keys(parse(block)).toSorted()).toEqual(keys(defaultConfig()).toSorted());
  });

  test('quotes the table as it is printed', async () => {
    const { renderTable } = await import('../src/cli/table.ts');
    const { RemoteNames } = await import('../src/config/remote-names.ts');
    const { Poller } = await import('../src/sampler/poll.ts');
    const procfs = new URL('./fixtures/mixed', import.meta.url).pathname;
    const poller = new Poller({ ...pollOptions(procfs), once: true });
    poller.poll();
    const details = poller.details();
    expect(details && README.includes(renderTable(details, new RemoteNames([])))).toBe(true);
  });

  test('says how much lead to expect, as the code computes it (UPDATE_GOLDEN=1 writes it)', () => {
    const [, before = '', rows = '', after = ''] =
      /^([\s\S]*\| exhaustion critical \|\n\|[-|]+\n)([\s\S]*?)(\nA forecast needs[\s\S]*)$/.exec(
        README,
      ) ?? [];
    if (process.env['UPDATE_GOLDEN'] === '1') {
      writeFileSync(new URL('../README.md', import.meta.url), before + leadTable() + after);
    } else {
      expect(rows).toBe(leadTable());
    }
  });

  test('quotes what was measured, also what is not reached (UPDATE_GOLDEN=1 writes it)', () => {
    const [, before = '', rows = '', after = ''] =
      /^([\s\S]*\| wanted \| reached \|\n\|[-|]+\n)([\s\S]*?)(\n\nMeasured[\s\S]*)$/.exec(README) ??
      [];
    if (process.env['UPDATE_GOLDEN'] === '1') {
      writeFileSync(new URL('../README.md', import.meta.url), before + measured() + after);
    } else {
      expect(rows).toBe(measured());
    }
  });
});

/** The rows of the benchmarks' page without their names. */
function measured(): string {
  const page = readFileSync(new URL('./bench/README.md', import.meta.url), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  return rows
    .map((row) =>
      row
        .split('|')
        .slice(2, -1)
        .map((cell) => cell.trim()),
    )
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
