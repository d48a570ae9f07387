import { openSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { errnoOf } from '../errno.ts';

/** Names of files that were not there when they were opened last. */
const lacking = new Set<string>();

/**
 * Opens a file for reading; undefined where it does not exist. Throws what the system call throws otherwise.
 *
 * A kernel that lacks a file in one namespace lacks it in all: no IPv6, no SCTP, an older kernel. Node.js
 * takes tens of microseconds to build the error of each failed open, a question takes two, so a name that was
 * lacking is asked for first.
 */
export function openIfThere(path: string): number | undefined {
  const name = basename(path);
  try {
    if (lacking.has(name) && !isThere(path)) return undefined;
    const fd = openSync(path, 'r');
    lacking.delete(name);
    return fd;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    lacking.add(name);
    return undefined;
  }
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
