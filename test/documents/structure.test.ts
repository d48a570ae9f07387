import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { codeWords, DOCUMENTS, ROOT, readDocument, rowsOf } from '../support/documents.ts';

interface Package {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const PACKAGE = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Package;
const BUILT = readDocument('src/README.md');

function section(heading: string): string {
  const [, text = ''] = BUILT.split(`\n## ${heading}\n`);
  return text.split('\n## ')[0] ?? '';
}

describe('src/README.md', () => {
  test('says what each folder is, and none that is not there', () => {
    const folders = readdirSync(`${ROOT}src`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
    const listed = rowsOf(section('Rooms')).flatMap(([cell = '']) => codeWords(cell));
    expect(listed.toSorted()).toEqual(folders.toSorted());
  });

  test('lists the folders from the top floor down, with the number of each floor', () => {
    const floors = floorsOf(readDocument('test/floors.test.ts'));
    const listed = rowsOf(section('Rooms')).map(([name = '', floor]) => [
      codeWords(name)[0] ?? '',
      Number(floor),
    ]);
    expect(floors.length).toBeGreaterThan(10);
    expect(listed).toEqual(listed.toSorted(([, a], [, b]) => Number(b) - Number(a)));
    for (const [name, floor] of listed) {
      expect(floors.findIndex((rooms) => rooms.includes(String(name)))).toBe(floor);
    }
  });

  test('has a reason for each package that runs, and names those for development', () => {
    const listed = rowsOf(section('Packages')).flatMap(([cell = '']) =>
      cell.replace(' (optional)', '').split(', '),
    );
    const { dependencies, optionalDependencies, devDependencies } = PACKAGE;
    const running = Object.keys({ ...dependencies, ...optionalDependencies });
    expect(listed.toSorted()).toEqual(running.toSorted());
    const unnamed = Object.keys(devDependencies).filter(
      (name) => !section('Packages').includes(name),
    );
    expect(unnamed).toEqual([]);
  });

  test('gives a reason for each line of the benchmarks that is not reached, and for no other', () => {
    const lines = rowsOf(readDocument('test/bench/README.md'));
    const missed = lines
      .filter((cells) => cells.at(-1) === 'no')
      .flatMap(([name = '']) => codeWords(name));
    const reasons = section('What it costs').match(/^- (`[^:]*`):/gm) ?? [];
    expect(lines.length).toBeGreaterThan(10);
    expect(reasons.flatMap((text) => codeWords(text)).toSorted()).toEqual(missed.toSorted());
  });

  test('names functions that are there', () => {
    const pairs = rowsOf(section('Where is…')).flatMap(([, answer = '']) =>
      Array.from(answer.matchAll(/`(\w+)` in `([\w/-]+\.ts)`/g)),
    );
    expect(pairs.length).toBeGreaterThan(1);
    for (const [, name = '', file = ''] of pairs) {
      expect(readFileSync(`${ROOT}src/${file}`, 'utf8')).toMatch(`function ${name}(`);
    }
  });
});

/** The folders and files on each floor, from the ground up, as the test of the floors lists them. */
function floorsOf(source: string): readonly (readonly string[])[] {
  const [, list = ''] = /FLOORS[^=]*= \[\n([\s\S]*?)\n\];/.exec(source) ?? [];
  return list
    .split('\n')
    .map((line) => Array.from(line.matchAll(/'([^']+)'/g), ([, room = '']) => room));
}

describe('.github/CONTRIBUTING.md', () => {
  test('names each field of a kind of pool', () => {
    const [, entry = ''] = readDocument('src/pools/pool-kind.ts').split(
      'interface PoolKindEntry {',
    );
    const fields = Array.from(entry.matchAll(/^ {2}readonly (\w+)\??:/gm), ([, name = '']) => name);
    const named = new Set(codeWords(readDocument('.github/CONTRIBUTING.md')));
    expect(fields.length).toBeGreaterThan(10);
    expect(fields.filter((name) => !named.has(name))).toEqual([]);
  });
});

describe('test/README.md', () => {
  test('runs one scenario and no other', () => {
    const command = /bash test\/run\.sh (\S+) -t '(.*)'/.exec(readDocument('test/README.md'));
    const [, file = '', name = ''] = command ?? [];
    const list = ['node_modules/vitest/vitest.mjs', 'list', '--config', '.config/vitest.config.ts'];
    const listed = execFileSync(process.execPath, [...list, file, '-t', name], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect(listed.trim().split('\n')).toHaveLength(1);
    expect(listed.trim().replaceAll(' > ', ' ')).toBe(`[in namespaces] ${file} ${name}`);
  });
});

describe('the tests', () => {
  test('enter namespaces in processes of their own', () => {
    const list = ['node_modules/vitest/vitest.mjs', 'list', '--filesOnly', '--json'];
    const config = ['--config', '.config/vitest.config.ts', '--project', 'on the spot'];
    const listed = execFileSync(process.execPath, [...list, ...config], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const files = (JSON.parse(listed) as { file: string }[]).map(({ file }) => file);
    expect(files.length).toBeGreaterThan(50);
    const enters = files.filter((file) =>
      /support\/(?:scenario|host|peer|story|with-procfs)\.ts'/.test(readFileSync(file, 'utf8')),
    );
    expect(enters).toEqual([]);
  });
});

describe('commands', () => {
  test('each that npm knows is explained, and each that is named is known', () => {
    const text = DOCUMENTS.map(readDocument).join('\n');
    const named = Array.from(
      text.matchAll(/npm run (?:--silent |-s )?([a-z][a-z:-]*)/g),
      ([, name]) => name,
    );
    const known = Object.keys(PACKAGE.scripts).filter((name) => !/^(pre|start$|test$)/.test(name));
    expect([...new Set(named)].toSorted()).toEqual(known.toSorted());
  });
});
