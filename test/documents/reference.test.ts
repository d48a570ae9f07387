import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMMANDS } from '../../src/cli/commands.ts';
import { FLAGS } from '../../src/cli/flags/flags.ts';
import { helpText } from '../../src/cli/flags/help.ts';
import { HELP_FLAG, POLL_FLAGS } from '../../src/cli/flags/poll-flags.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { parseConfig } from '../../src/config/load.ts';
import { POOL_KINDS } from '../../src/pools/kinds.ts';
import { Query } from '../grafana/promql.ts';
import { run, temporaryFile } from '../support/exporter.ts';
import {
  blocksOf,
  codeWords,
  DOCUMENTS,
  ROOT,
  readDocument,
  rowsOf,
} from '../support/documents.ts';
import { leadTable } from '../support/lead.ts';

const GOLDEN = readFileSync(`${ROOT}test/golden/mixed.prom`, 'utf8');
const PREFIX = 'ephemeral_ports_';

/** The backquoted words in the first column of the tables of a document. */
function firstColumn(path: string): readonly string[] {
  return rowsOf(readDocument(path)).flatMap(([cell = '']) => codeWords(cell));
}

describe('src/cli/README.md', () => {
  const words = firstColumn('src/cli/README.md');

  test('lists each flag, and none that is not there', () => {
    const flags = [...FLAGS, ...COMMANDS.flatMap((command) => command.flags)];
    const known = new Set(flags.map(({ name }) => `--${name}`));
    expect(words.filter((word) => word.startsWith('--')).toSorted()).toEqual([...known].toSorted());
  });

  test('lists each command with the flags that it has alone, and has a section for it', () => {
    const document = readDocument('src/cli/README.md');
    const shared = [...POLL_FLAGS, HELP_FLAG].map(({ name }) => name);
    const rows = rowsOf(document).filter((cells) => cells.length === 3);
    expect(rows.map(([name, flags = '']) => [name, codeWords(flags).toSorted()])).toEqual(
      COMMANDS.map(({ name, flags }) => {
        const own = flags.filter((flag) => !shared.includes(flag.name));
        return [`\`${name}\``, own.map((flag) => `--${flag.name}`).toSorted()];
      }),
    );
    for (const { name } of COMMANDS) expect(document).toContain(`\n## ${name}\n`);
  });
});

describe('src/config/README.md', () => {
  const [block = ''] = blocksOf(readDocument('src/config/README.md'), 'yaml');

  test('shows the configuration that is in force without a file', () => {
    expect(parseConfig('README.md', block)).toEqual(defaultConfig());
  });

  test('shows every key', () => {
    expect(keysOf(parse(block)).toSorted()).toEqual(keysOf(defaultConfig()).toSorted());
  });

  test('explains keys that are there', () => {
    const known = keysOf(defaultConfig());
    const named = firstColumn('src/config/README.md');
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((key) => !known.includes(key))).toEqual([]);
  });
});

/** `poll`, `poll.interval` and so on. */
function keysOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  return Object.entries(value).flatMap(([key, child]) => [
    key,
    ...keysOf(child).map((each) => `${key}.${each}`),
  ]);
}

/** The families of the golden page, with the labels of their samples. */
function goldenFamilies(): ReadonlyMap<string, ReadonlySet<string> | undefined> {
  const names = Array.from(
    GOLDEN.matchAll(/^# TYPE ephemeral_ports_(\S+)/gm),
    ([, name = '']) => name,
  );
  return new Map(names.map((name) => [name, labelsOf(name)]));
}

/** One poll alone waits for no hold: alerts fire, and service ports are taken, which the golden page has none of. */
const ONCE = run(
  '--once',
  '--once.format=metrics',
  `--path.procfs=${ROOT}test/fixtures/mixed`,
  `--config.file=${temporaryFile('services.yaml', 'service_ports: [1024-65535]\n')}`,
);

/** Without a past there is no forecast, and nothing to count failures from. */
const NOT_OF_ONE_POLL = new Set([
  'endpoint_time_to_exhaustion_seconds',
  'endpoint_failures_total',
  'failures_total',
  'alert_threshold_count',
  'conntrack_entries',
  'conntrack_entries_limit',
  'conntrack_insert_failed_total',
  'conntrack_dropped_total',
]);

/** Of all samples of a family; undefined where there is none. */
function labelsOf(family: string): ReadonlySet<string> | undefined {
  const sample = new RegExp(`^${PREFIX}${family}(?:\\{(.*)\\})? \\S+$`, 'gm');
  const samples = Array.from(`${GOLDEN}${ONCE.stdout}`.matchAll(sample));
  if (samples.length === 0) return undefined;
  return new Set(
    samples.flatMap(([, labels = '']) =>
      Array.from(labels.matchAll(/(\w+)="/g), ([, label = '']) => label),
    ),
  );
}

describe('src/metrics/README.md', () => {
  const rows = rowsOf(readDocument('src/metrics/README.md'));
  const sets = new Map(
    rows.filter(([set = '']) => /^[SE]$/.test(set)).map(([set, labels]) => [set, labels]),
  );
  const families = goldenFamilies();

  /** The labels that a cell names: `E, state`, where E is S and more. */
  function named(cell: string): readonly string[] {
    const words = cell
      .replaceAll('`', '')
      .split(/[, +]+/)
      .filter((word) => word !== '');
    return words.flatMap((word) => (sets.has(word) ? named(sets.get(word) ?? '') : word));
  }

  test('lists each metric, and none that is not there', () => {
    expect(families.size).toBeGreaterThan(25);
    const listed = rows.flatMap(([cell = '']) => codeWords(cell));
    expect(listed.toSorted()).toEqual([...families.keys()].toSorted());
  });

  test('gives each metric the labels that it has', () => {
    expect(named('E')).toContain('pool');
    const listed = rows.flatMap(([cell = '', labels = '']) =>
      codeWords(cell).map((name) => ({ name, labels: named(labels).toSorted() })),
    );
    const withSamples = listed.filter(({ name }) => families.get(name) !== undefined);
    const without = listed
      .map(({ name }) => name)
      .filter((name) => !withSamples.some((each) => each.name === name));
    expect(new Set(without)).toEqual(NOT_OF_ONE_POLL);
    for (const { name, labels } of withSamples) {
      expect([...(families.get(name) ?? [])].toSorted(), name).toEqual(labels);
    }
  });
});

describe('metrics that are named in documents', () => {
  test('are there', () => {
    const families = goldenFamilies();
    const named = DOCUMENTS.flatMap((path) =>
      Array.from(readDocument(path).matchAll(/\bephemeral_ports_(\w+)\b/g), ([, name = '']) => ({
        path,
        name,
      })),
    );
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter(({ name }) => !families.has(name))).toEqual([]);
  });
});

describe('PromQL in the documents', () => {
  const queries = DOCUMENTS.flatMap((path) =>
    blocksOf(readDocument(path), 'promql').map((text) => [path, text.trim()] as const),
  );

  test('there is some', () => {
    expect(queries.length).toBeGreaterThan(3);
  });

  test.each(queries)('%s: %s', (_path, text) => {
    const query = Query.promql(text);
    expect(query).toBeDefined();
    for (const metric of query?.metrics() ?? []) {
      expect(goldenFamilies().has(metric.replace(PREFIX, '')), metric).toBe(true);
    }
    for (const aggregate of query?.nodes('AggregateExpr') ?? []) {
      const part = query?.text(aggregate) ?? '';
      // A port can be in two pools.
      if (/^sum\b.*ephemeral_ports_endpoint_/s.test(part)) expect(part).toMatch(/\bpool\b/);
    }
  });
});

describe('src/alerts/README.md', () => {
  test('says how much lead to expect, as the code computes it (UPDATE_GOLDEN=1 writes it)', () => {
    const path = 'src/alerts/README.md';
    const [, before = '', rows = '', after = ''] =
      /^([\s\S]*\| exhaustion critical \|\n\|[-|]+\n)([\s\S]*?)(\nA forecast needs[\s\S]*)$/.exec(
        readDocument(path),
      ) ?? [];
    expect(before).not.toBe('');
    if (process.env['UPDATE_GOLDEN'] === '1')
      writeFileSync(ROOT + path, before + leadTable() + after);
    else expect(rows).toBe(leadTable());
  });

  test('says what to do about each alert', () => {
    const advised = rowsOf(readDocument('src/alerts/README.md')).map(([name]) => name);
    expect(advised).toEqual(expect.arrayContaining(Object.keys(defaultConfig().alerts)));
  });
});

describe('src/pools/README.md', () => {
  const rows = rowsOf(readDocument('src/pools/README.md'));
  const rowOf = (kind: string): readonly string[] | undefined =>
    rows.find(([cell]) => cell === `\`${kind}\``);

  test.each(POOL_KINDS)('has the kind $kind, and says how it fails', ({ kind, failure }) => {
    expect(rowOf(kind)?.at(-1)?.replaceAll('`', '')).toContain(failure);
  });
});

describe('src/kernel/README.md', () => {
  test('names the sources that can be chosen', () => {
    const [, choices = ''] = /--poll\.source=\S+ .*?: (.*?) \(/.exec(helpText()) ?? [];
    const sources = choices.match(/\w+/g)?.filter((word) => word !== 'or');
    const listed = rowsOf(readDocument('src/kernel/README.md')).map(([cell = '']) => cell);
    expect(sources).toHaveLength(4);
    for (const source of sources ?? []) {
      expect(
        listed.some((cell) => cell.split(' ')[0] === source),
        source,
      ).toBe(true);
    }
  });
});
