import { join } from 'node:path';
import { assertSocketTable } from './malformed-rows.ts';
import { KernelFileError } from './kernel-file.ts';
import { LineReader } from './line-reader.ts';

/**
 * `net/sctp/eps` and `net/sctp/assocs` (net/sctp/proc.c): a header, then columns between spaces.
 *
 *      ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
 *      ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> …
 *
 * `eps` has the endpoints that listen (`sctp_hash_endpoint`), `assocs` the associations of every socket,
 * those too that are being set up or whose socket was closed. Neither has a socket that is only bound.
 */
export interface SctpReading {
  readonly rows: number;
  /** Rows that were cut or unreadable. */
  readonly malformedRows: number;
}

/** One for each of two tables that are open at a time: a read is synchronous, from open to close. */
const BUFFERS = [Buffer.allocUnsafeSlow(65_536), Buffer.allocUnsafeSlow(65_536)] as const;

/** `associated`: the port has a peer. */
export type SctpVisitor = (localPort: number, associated: boolean) => void;

/**
 * Visits the local port of each endpoint and association of the namespace; one that the kernel lists
 * twice, because its table changed meanwhile, is visited twice. Undefined where this kernel has no SCTP,
 * or has not loaded it. Throws `KernelFileError`.
 */
export function readSctp(netDirectory: string, visit: SctpVisitor): SctpReading | undefined {
  const endpoints = SctpTable.open(join(netDirectory, 'sctp', 'eps'), BUFFERS[0]);
  if (endpoints === undefined) return undefined;
  try {
    return readBoth(endpoints, join(netDirectory, 'sctp', 'assocs'), visit);
  } finally {
    endpoints.close();
  }
}

/** Both are opened before either is visited: SCTP may be unloaded in between. */
function readBoth(
  endpoints: SctpTable,
  associationsPath: string,
  visit: SctpVisitor,
): SctpReading | undefined {
  const associations = SctpTable.open(associationsPath, BUFFERS[1]);
  if (associations === undefined) return undefined;
  try {
    endpoints.visitPorts((port) => {
      visit(port, false);
    });
    associations.visitPorts((port) => {
      visit(port, true);
    });
  } finally {
    associations.close();
  }
  return {
    rows: endpoints.rows + associations.rows,
    malformedRows: endpoints.malformedRows + associations.malformedRows,
  };
}

/** Columns that the kernel writes as decimal numbers: a row that lost a part has another thing there. */
const DECIMAL_COLUMNS: ReadonlySet<string> = new Set([
  'STY',
  'SST',
  'UID',
  'INODE',
  'LPORT',
  'RPORT',
]);
const DECIMAL = /^\d+$/;

/** Where a table has its columns, by its header. */
class SctpColumns {
  readonly #localPort: number;
  readonly #decimals: readonly number[];
  /** Columns before the addresses, of which there are as many as the socket has. */
  readonly #fixed: number;

  constructor(path: string, header: string) {
    const all = wordsOf(header);
    const addresses = all.indexOf('LADDRS');
    const names = addresses < 0 ? all : all.slice(0, addresses);
    this.#fixed = names.length;
    this.#localPort = names.indexOf('LPORT');
    if (this.#localPort < 0) {
      throw new KernelFileError(path, 'expected a table of SCTP sockets with a column "LPORT"');
    }
    this.#decimals = names.flatMap((name, index) => (DECIMAL_COLUMNS.has(name) ? [index] : []));
  }

  /** The local port of a row; undefined where the row is damaged. */
  localPortOf(row: string): number | undefined {
    const words = wordsOf(row, this.#fixed);
    if (!this.#decimals.every((index) => DECIMAL.test(words[index] ?? ''))) return undefined;
    const port = Number(words[this.#localPort]);
    return port > 0 && port < 65_536 ? port : undefined;
  }
}

function wordsOf(line: string, limit?: number): readonly string[] {
  return line.trim().split(/\s+/, limit);
}

/** One open table. */
class SctpTable implements SctpReading {
  rows = 0;
  readonly #path: string;
  readonly #lines: LineReader;
  readonly #columns: SctpColumns;
  #unreadable = 0;

  private constructor(path: string, lines: LineReader) {
    this.#path = path;
    this.#lines = lines;
    this.#columns = new SctpColumns(path, this.#nextLine() ?? '');
  }

  /** A row of `eps` is one of many in a record, and rows are as long as their addresses: uneven. */
  static open(path: string, buffer: Buffer<ArrayBuffer>): SctpTable | undefined {
    const lines = LineReader.openUneven(path, buffer);
    if (lines === undefined) return undefined;
    try {
      return new SctpTable(path, lines);
    } catch (error) {
      lines.close();
      throw error;
    }
  }

  get malformedRows(): number {
    return this.#unreadable + this.#lines.brokenLines;
  }

  close(): void {
    this.#lines.close();
  }

  visitPorts(visit: (localPort: number) => void): void {
    for (let row = this.#nextLine(); row !== undefined; row = this.#nextLine()) {
      const port = this.#columns.localPortOf(row);
      if (port === undefined) this.#unreadable += 1;
      else this.#hand(port, visit);
    }
    assertSocketTable(this.#path, this);
  }

  #hand(port: number, visit: (localPort: number) => void): void {
    this.rows += 1;
    visit(port);
  }

  /** Rows have no common width, so each ends at its own newline and nowhere else. */
  #nextLine(): string | undefined {
    const lines = this.#lines;
    if (!lines.advance()) return undefined;
    lines.resync();
    return lines.bytes.toString('latin1', lines.start, lines.end);
  }
}
