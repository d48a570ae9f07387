import { openAs } from './syscalls.ts';

/** Calls `body`; the sockets that it opens belong to the user. False where this process may not be that user. */
export function asUser(uid: number, body: () => void): boolean {
  try {
    if (openAs(uid) !== uid) return false;
    body();
    return true;
  } finally {
    openAs(0);
  }
}
