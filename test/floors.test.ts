import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('../src', import.meta.url));

/** The floors of `src`, from the ground up. A file may import from its own floor and from those below. */
const FLOORS: readonly (readonly string[])[] = [
  ['kernel', 'config', 'build-info.ts'],
  ['namespaces'],
  ['pools'],
  ['history'],
  ['alerts'],
  ['scan'],
  ['owners'],
  ['snapshot'],
  ['answers'],
  ['sampler', 'incidents'],
  ['metrics'],
  ['http', 'cli'],
  ['settings.ts'],
  ['self-status.ts'],
  ['daemon', 'check-config.ts', 'run-command.ts'],
  ['program.ts'],
  ['main.ts'],
];

interface Import {
  readonly from: string;
  readonly to: string;
}

function sourceFiles(): string[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((f) => /\.tsx?$/.test(f));
}

/** All imports between files of `src`, static and dynamic. */
function imports(): Import[] {
  return sourceFiles().flatMap((from) => {
    const text = readFileSync(join(SRC, from), 'utf8');
    const found = text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g);
    return Array.from(found, ([, path = '']) => ({
      from,
      to: relative(SRC, join(SRC, dirname(from), path)),
    }));
  });
}

function roomOf(file: string): string {
  return file.split('/')[0] ?? file;
}

function floorOf(file: string): number {
  return FLOORS.findIndex((floor) => floor.includes(roomOf(file)));
}

describe('the floors of src', () => {
  test('every file stands on one', () => {
    expect(sourceFiles().filter((file) => floorOf(file) < 0)).toEqual([]);
  });

  test('no import goes up', () => {
    expect(imports().length).toBeGreaterThan(50);
    expect(imports().filter(({ from, to }) => floorOf(from) < floorOf(to))).toEqual([]);
  });

  test('rooms on one floor do not import each other', () => {
    const sideways = imports().filter(
      ({ from, to }) => floorOf(from) === floorOf(to) && roomOf(from) !== roomOf(to),
    );
    expect(sideways).toEqual([]);
  });

  test('no file imports itself through others', () => {
    const edges = new Map<string, Import[]>();
    for (const edge of imports()) edges.set(edge.from, [...(edges.get(edge.from) ?? []), edge]);
    const reaches = (from: string, goal: string, seen: Set<string>): boolean =>
      (edges.get(from) ?? []).some(({ to }) => {
        if (to === goal) return true;
        if (seen.has(to)) return false;
        seen.add(to);
        return reaches(to, goal, seen);
      });
    expect(sourceFiles().filter((file) => reaches(file, file, new Set()))).toEqual([]);
  });
});
