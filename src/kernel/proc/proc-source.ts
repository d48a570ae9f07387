import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KernelFileError } from './kernel-file.ts';
import { assertSocketTable } from './malformed-rows.ts';
import { LineOwner } from './line-owner.ts';
import { LineReader } from './line-reader.ts';
import { decodeRow, IPV4_ROWS, IPV6_ROWS, type RowFormat } from './net/net-row.ts';
import {
  type RowVisitor,
  SocketRow,
  type SocketSource,
  sumReadings,
  type TableReading,
  TCP_LISTEN,
} from '../socket-row.ts';

/**
 * The sockets of one namespace, from its `net/{tcp,tcp6,udp,udp6}` (`tcp4_seq_show` in net/ipv4/tcp_ipv4.c
 * and its like). The kernel does not filter: `range` and `idle` change nothing.
 */
export class ProcSource implements SocketSource {
  readonly name = 'proc';
  readonly showsAllRows = true;
  readonly #directory: string;

  /** `directory` is a procfs `net` directory. */
  constructor(directory: string) {
    this.#directory = directory;
  }

  readTcp(visit: RowVisitor): TableReading {
    return this.#readPair(['tcp', 'tcp6'], visit);
  }

  readUdp(visit: RowVisitor): TableReading {
    return this.#readPair(['udp', 'udp6'], visit);
  }

  /**
   * The kernel lists listeners first in each table (`tcp_seek_last_pos`), so the listeners of both are read
   * before the other rows of either.
   */
  #readPair([name4, name6]: readonly [string, string], visit: RowVisitor): TableReading {
    const path4 = join(this.#directory, name4);
    const ipv4 = ProcNetTable.open(path4, IPV4_ROWS);
    if (ipv4 === undefined) {
      throw new KernelFileError(path4, problemOfMissing(this.#directory));
    }
    try {
      return this.#readBoth(ipv4, join(this.#directory, name6), visit);
    } finally {
      ipv4.close();
    }
  }

  #readBoth(ipv4: ProcNetTable, path6: string, visit: RowVisitor): TableReading {
    const ipv6 = ProcNetTable.open(path6, IPV6_ROWS);
    const tables = ipv6 === undefined ? [ipv4] : [ipv4, ipv6];
    try {
      for (const table of tables) table.visitListeners(visit);
      for (const table of tables) table.visitRest(visit);
    } finally {
      ipv6?.close();
    }
    return sumReadings(tables);
  }
}

/** One open table, which can be left where the listeners end and read on later. */
class ProcNetTable implements TableReading {
  rows = 0;
  readonly #row: SocketRow;
  readonly #path: string;
  readonly #lines: LineReader;
  readonly #format: RowFormat;
  #unreadableRows = 0;
  /** Whether `#row` was read, but not visited yet. */
  #isPending = false;

  private constructor(path: string, lines: LineReader, format: RowFormat) {
    this.#path = path;
    this.#lines = lines;
    this.#format = format;
    this.#row = new SocketRow(new LineOwner(lines, format));
  }

  static open(path: string, format: RowFormat): ProcNetTable | undefined {
    const lines = LineReader.open(path);
    if (lines === undefined) return undefined;
    const table = new ProcNetTable(path, lines, format);
    try {
      table.#readHeader();
    } catch (error) {
      lines.close();
      throw error;
    }
    return table;
  }

  /** The IPv6 table is only there where the kernel has IPv6 sockets. */
  get ipv6(): boolean {
    return this.#format.ipv6Socket;
  }

  get malformedRows(): number {
    return this.#unreadableRows + this.#lines.brokenLines;
  }

  close(): void {
    this.#lines.close();
  }

  /** Visits rows up to the first that is no listener, and keeps that one for `visitRest`. */
  visitListeners(visit: RowVisitor): void {
    while (this.#advance()) {
      if (this.#row.state !== TCP_LISTEN) {
        this.#isPending = true;
        return;
      }
      this.#visitRow(visit);
    }
  }

  visitRest(visit: RowVisitor): void {
    if (this.#isPending) this.#visitRow(visit);
    this.#isPending = false;
    while (this.#advance()) this.#visitRow(visit);
    assertSocketTable(this.#path, this);
  }

  #visitRow(visit: RowVisitor): void {
    this.rows += 1;
    this.#row.readAfterMs = this.#lines.readAfterMs;
    visit(this.#row);
  }

  #advance(): boolean {
    const lines = this.#lines;
    while (lines.advance()) {
      if (decodeRow(this.#row, this.#format, lines.bytes, lines.start, lines.end)) return true;
      lines.resync();
      this.#unreadableRows += 1;
    }
    return false;
  }

  #readHeader(): void {
    const lines = this.#lines;
    const header = lines.advance() ? lines.bytes.toString('latin1', lines.start, lines.end) : '';
    if (header.trimStart().startsWith('sl ')) return;
    const expected = 'expected a socket table that starts with "sl"';
    const isEmpty = readFileSync(this.#path).length === 0;
    throw new KernelFileError(this.#path, isEmpty ? `${EMPTY}; ${expected}` : expected);
  }
}

/** Linux writes the header whatever there is (`tcp4_seq_show`); WSL 1 emulates the file by an empty one. */
const EMPTY = 'is empty, as in WSL 1, which does not show its sockets';

/** procfs's `net` is a link to `self/net` (`proc_net_init` in fs/proc/proc_net.c); `self` is not there in a copy. */
function problemOfMissing(directory: string): string {
  const link = lstatSync(directory, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return link
    ? 'not found: a copy of a procfs, whose `net` leads to a `self` that was not copied; copy `self/net` to it as `net`'
    : 'not found; --path.procfs must name a mounted procfs';
}
