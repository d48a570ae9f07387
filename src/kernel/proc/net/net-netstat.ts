import { join } from 'node:path';
import { readKernelFile } from '../kernel-file.ts';

const GROUP = 'TcpExt: ';
const COUNTER = 'TCPTimeWaitOverflow';
/** An `unsigned long`; what does not fit a number exactly is rounded, for a rate of it is what counts. */
const COUNTER_DIGITS = /^\d{1,20}$/;

/**
 * `TCPTimeWaitOverflow` of `net/netstat` (`netstat_seq_show` in net/ipv4/proc.c) since the namespace exists:
 * sockets that were not kept in TIME_WAIT because `tcp_max_tw_buckets` was reached. While it rises, the
 * closes that are counted from TIME_WAITs are a lower bound. `directory` is a procfs `net` directory.
 * Undefined where this kernel does not show it. Throws `KernelFileError`.
 */
export function readTimeWaitOverflows(directory: string): number | undefined {
  const text = readKernelFile(join(directory, 'netstat')) ?? '';
  const start = text.indexOf(GROUP);
  if (start < 0) return undefined;
  const header = lineFrom(text, start);
  const values = lineFrom(text, start + header.length + 1);
  return values.startsWith(GROUP) ? numberIn(values, columnOf(header)) : undefined;
}

function lineFrom(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end);
}

/** The last header that was read: a kernel writes the same one in each namespace. */
let known = { header: '', column: -1 };

/** The column of the counter in `header`, a line of some 130 names; -1 where it is not there. */
function columnOf(header: string): number {
  if (known.header !== header) known = { header, column: header.split(' ').indexOf(COUNTER) };
  return known.column;
}

/** Undefined where the column is missing or holds no number. */
function numberIn(values: string, column: number): number | undefined {
  if (column < 0) return undefined;
  let start = 0;
  for (let passed = 0; passed < column; passed += 1) {
    start = values.indexOf(' ', start) + 1;
    if (start === 0) return undefined;
  }
  const end = values.indexOf(' ', start);
  const text = values.slice(start, end < 0 ? undefined : end);
  return COUNTER_DIGITS.test(text) ? Number(text) : undefined;
}
