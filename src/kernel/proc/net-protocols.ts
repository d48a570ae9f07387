import { join } from 'node:path';
import { LineReader } from './line-reader.ts';

const BUFFER = Buffer.allocUnsafeSlow(8192);

/** Each namespace has one that the kernel itself made, and that has no port (`sctp_ctl_sock_init`). */
const CONTROL_SOCKETS = 1;

/**
 * SCTP sockets of a namespace, from the rows `SCTP` and `SCTPv6` of `net/protocols` (`proto_seq_show` in
 * net/core/sock.c): those too that are bound and that `net/sctp` does not show. 0 where there is none.
 *
 * Each of its ports belongs to one of these sockets at least, with one exception: a socket that was closed
 * is counted no more, but keeps its port until its associations have shut down (`sctp_endpoint_put`); these
 * are rows of `assocs`. Throws `KernelFileError`.
 */
export function readSctpSockets(netDirectory: string): number {
  const lines = LineReader.openUneven(join(netDirectory, 'protocols'), BUFFER);
  if (lines === undefined) return 0;
  try {
    return Math.max(0, countSockets(lines) - CONTROL_SOCKETS);
  } finally {
    lines.close();
  }
}

/** Columns are `protocol size sockets …`; the header has their names. */
function countSockets(lines: LineReader): number {
  let sockets = 0;
  let column = -1;
  while (lines.advance()) {
    lines.resync();
    const words = lines.bytes.toString('latin1', lines.start, lines.end).split(/\s+/);
    if (column < 0) column = words.indexOf('sockets');
    else if (words[0] === 'SCTP' || words[0] === 'SCTPv6') sockets += countOf(words[column]);
  }
  return sockets;
}

function countOf(word = ''): number {
  return /^\d+$/.test(word) ? Number(word) : 0;
}
