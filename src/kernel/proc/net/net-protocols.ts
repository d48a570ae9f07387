import { join } from 'node:path';
import { KernelFileError } from '../kernel-file.ts';
import { LineReader } from '../line-reader.ts';
import { wholeNumber } from '../../whole-number.ts';

/** The kernel makes one SCTP socket for itself in each namespace; it has no port (`sctp_ctl_sock_init`). */
const CONTROL_SOCKETS = 1;

/**
 * The number of SCTP sockets in a namespace, from the rows `SCTP` and `SCTPv6` of `net/protocols`
 * (`proto_seq_show` in net/core/sock.c). It includes those that are only bound, which `net/sctp` does not
 * show. 0 where there is none. Throws `KernelFileError`, also where the file is not understood.
 *
 * Each SCTP port in use belongs to at least one of these sockets, with one exception: a socket that was
 * closed is no longer counted, but keeps its port until its associations have shut down
 * (`sctp_endpoint_put`). Those are rows of `net/sctp/assocs`.
 */
export function readSctpSockets(netDirectory: string): number {
  const path = join(netDirectory, 'protocols');
  const lines = LineReader.openUneven(path);
  if (lines === undefined) return 0;
  try {
    return Math.max(0, countSockets(lines, path) - CONTROL_SOCKETS);
  } finally {
    lines.close();
  }
}

/** Columns are `protocol size sockets …`; the header has their names. */
function countSockets(lines: LineReader, path: string): number {
  const column = lines.advance() ? wordsOf(lines).indexOf('sockets') : -1;
  if (column < 0) throw new KernelFileError(path, 'expected a table with a column "sockets"');
  let sockets = 0;
  while (lines.advance()) {
    if (lines.bytes[lines.start] !== LETTER_S) continue;
    const words = wordsOf(lines);
    if (words[0] === 'SCTP' || words[0] === 'SCTPv6') sockets += countOf(path, words[column]);
  }
  return sockets;
}

/** Spares most of the rows, one for each protocol of the kernel, to be cut into words. */
const LETTER_S = 83;

function wordsOf({ bytes, start, end }: LineReader): readonly string[] {
  return bytes.toString('latin1', start, end).split(/\s+/);
}

function countOf(path: string, word = ''): number {
  const count = wholeNumber(word);
  if (count !== undefined) return count;
  throw new KernelFileError(
    path,
    `expected a number of SCTP sockets, found ${JSON.stringify(word.slice(0, 60))}`,
  );
}
