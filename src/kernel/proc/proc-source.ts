import { join } from 'node:path';
import { KernelFileError } from './kernel-file.ts';
import { assertSocketTable } from './malformed-rows.ts';
import { LineReader } from './line-reader.ts';
import { decodeRow, IPV4_ROWS, IPV6_ROWS, type RowFormat } from './net-row.ts';
import {
  type RowVisitor,
  SocketRow,
  type SocketSource,
  sumReadings,
  type TableReading,
  TCP_LISTEN,
} from '../socket-row.ts';

/** Of one pair of tables at a time: however many namespaces there are. */
const BUFFERS = [Buffer.allocUnsafeSlow(65_536), Buffer.allocUnsafeSlow(65_536)] as const;

/** The sockets of one namespace from its `net/{tcp,tcp6,udp,udp6}`. */
export class ProcSource implements SocketSource {
  readonly name = 'proc';
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

  /** The kernel lists listeners first in each table, so both heads are read before either tail. */
  #readPair([name4, name6]: readonly [string, string], visit: RowVisitor): TableReading {
    const path4 = join(this.#directory, name4);
    const ipv4 = ProcNetTable.open(path4, IPV4_ROWS, BUFFERS[0]);
    if (ipv4 === undefined) {
      throw new KernelFileError(path4, 'not found; --path.procfs must name a mounted procfs');
    }
    try {
      return this.#readBoth(ipv4, join(this.#directory, name6), visit);
    } finally {
      ipv4.close();
    }
  }

  #readBoth(ipv4: ProcNetTable, path6: string, visit: RowVisitor): TableReading {
    const ipv6 = ProcNetTable.open(path6, IPV6_ROWS, BUFFERS[1]);
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

/** One open table: a cursor that can pause where the listeners end. */
class ProcNetTable implements TableReading {
  rows = 0;
  readonly #row = new SocketRow();
  readonly #path: string;
  readonly #lines: LineReader;
  readonly #format: RowFormat;
  #unreadable = 0;
  #pending = false;

  private constructor(path: string, lines: LineReader, format: RowFormat) {
    this.#path = path;
    this.#lines = lines;
    this.#format = format;
  }

  static open(
    path: string,
    format: RowFormat,
    buffer: Buffer<ArrayBuffer>,
  ): ProcNetTable | undefined {
    const lines = LineReader.open(path, buffer);
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
    return this.#unreadable + this.#lines.brokenLines;
  }

  close(): void {
    this.#lines.close();
  }

  /** Visits rows up to the first that is no listener, and keeps that one for `visitRest`. */
  visitListeners(visit: RowVisitor): void {
    while (this.#advance()) {
      if (this.#row.state !== TCP_LISTEN) {
        this.#pending = true;
        return;
      }
      this.#hand(visit);
    }
  }

  visitRest(visit: RowVisitor): void {
    if (this.#pending) this.#hand(visit);
    this.#pending = false;
    while (this.#advance()) this.#hand(visit);
    assertSocketTable(this.#path, this);
  }

  #hand(visit: RowVisitor): void {
    this.rows += 1;
    visit(this.#row);
  }

  #advance(): boolean {
    const lines = this.#lines;
    while (lines.advance()) {
      if (decodeRow(this.#row, this.#format, lines.bytes, lines.start, lines.end)) return true;
      lines.resync();
      this.#unreadable += 1;
    }
    return false;
  }

  #readHeader(): void {
    const lines = this.#lines;
    const header = lines.advance() ? lines.bytes.toString('latin1', lines.start, lines.end) : '';
    if (!header.trimStart().startsWith('sl ')) {
      throw new KernelFileError(this.#path, 'expected a socket table that starts with "sl"');
    }
  }
}
