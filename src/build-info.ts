import { readFileSync } from 'node:fs';

/** Which build is running. */
export interface BuildInfo {
  readonly version: string;
  /** The commit, where the build was told (`REVISION` in the environment); else empty. */
  readonly revision: string;
}

/** From the package's own package.json. */
export function readBuildInfo(): BuildInfo {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  return { version, revision: process.env['REVISION'] ?? '' };
}
