import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MAIN } from '../../support/exporter.ts';

const DIST = dirname(MAIN);

/** Of what draws: no other file has it. */
const DRAWS = '?2026h';

/** A file of the bundle with those that are loaded with it. */
function loadedWith(name: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = readFileSync(join(DIST, name), 'utf8');
  for (const [, other = ''] of text.matchAll(/^(?:import|export)\b[^;'"]*["']\.\/([^"']+)["']/gm)) {
    loadedWith(other, seen);
  }
  return seen;
}

function draws(name: string): boolean {
  return [...loadedWith(name)].some((file) =>
    readFileSync(join(DIST, file), 'utf8').includes(DRAWS),
  );
}

describe('what draws the live view', () => {
  test('is loaded for it', () => {
    expect(draws('interactive.js')).toBe(true);
  });

  test.each([
    'main.js',
    'program.js',
    'run-command.js',
    'once.js',
    'explain.js',
    'check.js',
    'report.js',
    'top.js',
    'plain.js',
  ])('is not loaded with %s', (name) => {
    expect(existsSync(join(DIST, name))).toBe(true);
    expect(loadedWith(name).size).toBeGreaterThan(name === 'main.js' ? 0 : 1);
    expect(draws(name)).toBe(false);
  });
});
