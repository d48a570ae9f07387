import { readFileSync } from 'node:fs';

/** Which build is running. */
export interface BuildInfo {
  readonly version: string;
  /** The commit: `REVISION` in the environment, else npm's `gitHead` in package.json, else empty. */
  readonly revision: string;
}

/** Reads the version from the package's own package.json. */
export function readBuildInfo(): BuildInfo {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version, gitHead } = JSON.parse(text) as { version: string; gitHead?: string };
  const revision = process.env['REVISION'] ?? '';
  return { version, revision: revision === '' ? (gitHead ?? '') : revision };
}
