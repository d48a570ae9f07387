import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';

/** A file that the page loads. Its name has a hash of its bytes, so that a browser may keep it for ever. */
export interface Asset {
  readonly name: string;
  readonly type: string;
  readonly bytes: Uint8Array;
}

/** The files of the page by what they are; none where the program runs from its sources, which have no bundle. */
export interface Assets {
  readonly all: readonly Asset[];
  readonly script: string | undefined;
  readonly style: string | undefined;
  readonly icon: string | undefined;
}

/** Where the build puts them, beside the bundle. */
const FOLDER = fileURLToPath(new URL('./page/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Reads all files of the folder: some 100 KB. */
export function readAssets(folder = FOLDER): Assets {
  const names = namesIn(folder);
  const named = (extension: string): string | undefined =>
    names.find((name) => name.endsWith(`.${extension}`));
  const all = names.map((name) => ({
    name,
    type: TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream',
    bytes: readFileSync(folder + name),
  }));
  return { all, script: named('js'), style: named('css'), icon: named('svg') };
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
