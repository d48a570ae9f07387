import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Programs of what is shipped, as paths from the root of the checkout. */
function programs(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:[cm]?[jt]s|sh)$/.test(name))
    .map((name) => join(folder, name));
}

/** What a program imports from files, as paths from the root of the checkout. */
function importsOf(path: string, text: string): readonly string[] {
  const specifiers = text.matchAll(/\b(?:from|import|require|new URL)\b[\s(]*['"](\.[^'"]*)['"]/g);
  return Array.from(specifiers, ([, specifier = '']) => join(dirname(path), specifier));
}

const isTest = (path: string): boolean => relative('test', path).split('/')[0] !== '..';

test('nothing in deploy/ and grafana/ imports from test/', () => {
  const imports = ['deploy', 'grafana'].flatMap(programs).flatMap((path) => {
    const text = readFileSync(join(ROOT, path), 'utf8');
    return importsOf(path, text).map((imported) => ({ path, imported }));
  });
  expect(imports.length).toBeGreaterThan(100);
  expect(imports.filter(({ imported }) => isTest(imported))).toEqual([]);
});

test('nothing in deploy/ and grafana/ runs a script of test/', () => {
  const named = ['deploy', 'grafana'].flatMap(programs).filter((path) => {
    return /\btest\/[\w./-]+\.(?:sh|ts|js)\b/.test(readFileSync(join(ROOT, path), 'utf8'));
  });
  expect(named).toEqual([]);
});

test.each([
  "import { a } from '../../test/support/a.ts';",
  "import '../../test/support/a.ts';",
  "const a = await import('../../test/support/a.ts');",
  "const a = require('../../test/support/a.ts');",
  "readFileSync(new URL('../../test/support/a.ts', import.meta.url))",
  "export {\n  a,\n} from '../../test/support/a.ts';",
])('it would find %j', (text) => {
  expect(importsOf('deploy/demo/client.ts', text).map(isTest)).toEqual([true]);
});
