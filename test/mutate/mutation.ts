import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Mutation, MUTATIONS } from './mutations.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The path of the file that has the error. */
export function pathOf({ file }: Mutation): string {
  return join(ROOT, 'src', file);
}

/** `source` with the error in it. */
export function planted(source: string, { find, replace }: Mutation): string {
  return source.replace(find, () => replace);
}

/** What must be mended in the table: each error whose text is not in its file exactly once. */
export function misfits(): readonly string[] {
  return MUTATIONS.flatMap((mutation) => {
    const count = timesFound(mutation);
    const { rule, file, find } = mutation;
    return count === 1 ? [] : [`${rule}: src/${file} has ${JSON.stringify(find)} ${count} times`];
  });
}

function timesFound(mutation: Mutation): number {
  try {
    return readFileSync(pathOf(mutation), 'utf8').split(mutation.find).length - 1;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return 0;
    throw error;
  }
}
