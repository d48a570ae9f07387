import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { versionsIn } from '../support/sbom.ts';

/** The npm packages that run, by the lock file. */

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
}

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');
const lock = JSON.parse(read('../../package-lock.json')) as { packages: Record<string, Locked> };
const SECURITY = read('../../.github/SECURITY.md');

/** Packages that are bundled into the script of the live page, and run in browsers. */
const bundled = JSON.parse(read('../../dist/third-party.json')) as readonly { name: string }[];

const running = Object.entries(lock.packages).flatMap(([path, locked]) => {
  const name = path.replace(/^.*node_modules\//, '');
  const isBundled = path === `node_modules/${name}` && bundled.some((each) => each.name === name);
  const isOfDevelopment = locked.dev === true || locked.devOptional === true;
  return path === '' || (isOfDevelopment && !isBundled) ? [] : [{ name, ...locked }];
});

/** Licences that ask for no more than to be named, and that Apache-2.0 may stand beside. */
const COMPATIBLE = ['Apache-2.0', 'BSD-3-Clause', 'ISC', 'MIT'];

describe('the packages that run', () => {
  test('have licences that are compatible, each of them named', () => {
    expect(running.length).toBeGreaterThan(50);
    const licences = new Set(running.map(({ license }) => license));
    expect([...licences].toSorted()).toEqual(COMPATIBLE);
  });

  test('stand in the list of licences, but for those of the most usual', () => {
    const rows = [...SECURITY.matchAll(/^\| ([-\w.]+) \| (`.*`) \|$/gm)].map(
      ([, licence, names]) => {
        return [licence, (names ?? '').replaceAll('`', '').split(', ')];
      },
    );
    const found = COMPATIBLE.slice(0, -1).map((licence) => {
      const names = running.filter(({ license }) => license === licence).map(({ name }) => name);
      return [licence, [...new Set(names)].toSorted()];
    });
    expect(rows).toEqual(found);
  });

  test('are known by the checksum of their contents', () => {
    expect(running.filter(({ integrity }) => !integrity?.startsWith('sha512-'))).toEqual([]);
  });

  test('need no script when they are installed: koffi alone has one, for where its binary is missing', () => {
    const scripts = running.filter(({ hasInstallScript }) => hasInstallScript);
    expect(scripts.map(({ name }) => name)).toEqual(['koffi']);
    expect(read('../../deploy/app/assemble.sh')).toContain('--ignore-scripts');
  });
});

test('npm run sbom names each of them that is installed, with version and licence', () => {
  interface Component {
    readonly name: string;
    readonly version: string;
    readonly licenses?: readonly { readonly license: { readonly id: string } }[];
  }
  const output = execFileSync('npm', ['run', '--silent', 'sbom'], { encoding: 'utf8' });
  const sbom = JSON.parse(output) as { bomFormat: string; components: readonly Component[] };
  expect(sbom.bomFormat).toBe('CycloneDX');
  const idOf = ({ name, version }: { name: string; version: string }): string =>
    `${name}@${version}`;
  const ids = (all: readonly { name: string; version: string }[]): readonly string[] =>
    [...new Set(all.map(idOf))].toSorted();
  expect(ids(sbom.components)).toEqual(ids(running));
  const unlicensed = sbom.components.filter(({ licenses = [] }) => licenses.length === 0);
  expect(unlicensed.map(({ name }) => name)).toEqual([]);
});

describe('what is put beside the program, for one processor', () => {
  const sbomFor = (cpu: string): string =>
    execFileSync(process.execPath, ['deploy/app/sbom.js', cpu], { encoding: 'utf8' });

  test('leaves out the packages of others', () => {
    const all = running.map(({ name }) => name);
    for (const cpu of ['x64', 'arm64']) {
      const names = [...versionsIn(sbomFor(cpu)).keys()];
      const own = `@koromix/koffi-linux-${cpu}`;
      const expected = all.filter((name) => !name.startsWith('@koromix/') || name === own);
      expect(names.toSorted()).toEqual([...new Set(expected)].toSorted());
    }
  });

  test('has the same bytes each time', () => {
    expect(sbomFor('x64')).toBe(sbomFor('x64'));
  });
});
