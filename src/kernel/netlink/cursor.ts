import type { NetlinkMessage } from './message.ts';

/** More than the kernel sends at a time: 32 KiB (`netlink_dump` in net/netlink/af_netlink.c). */
export const CURSOR_BYTES = 65_536;

/** The memory that datagrams are received into, and the message in it that is being visited. */
export class Cursor implements NetlinkMessage {
  readonly bytes = new Uint8Array(CURSOR_BYTES);
  readonly halves = new Uint16Array(this.bytes.buffer);
  readonly words = new Int32Array(this.bytes.buffer);
  payload = 0;
  end = 0;
  filledAfterMs = 0;
}

/**
 * Cursors that no answer is being received into. Answers are received synchronously, so that there are as
 * many cursors as answers are ever under way at a time, and not one per socket: two, when the visitor of a
 * dump asks for a single socket.
 */
const idleCursors: Cursor[] = [];

/** Lends a cursor to `use` that nobody else has until `use` returns. */
export function withCursor<T>(use: (cursor: Cursor) => T): T {
  const cursor = idleCursors.pop() ?? new Cursor();
  try {
    return use(cursor);
  } finally {
    idleCursors.push(cursor);
  }
}
