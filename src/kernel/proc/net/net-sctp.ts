import { join } from 'node:path';
import { assertSocketTable } from '../malformed-rows.ts';
import { KernelFileError } from '../kernel-file.ts';
import { LineReader } from '../line-reader.ts';

/**
 * What was found in `net/sctp/eps` and `net/sctp/assocs` (net/sctp/proc.c): a header, then columns between
 * spaces.
 *
 *      ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
 *      ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> …
 *
 * `eps` has the endpoints that listen (`sctp_hash_endpoint`). `assocs` has the associations of every socket,
 * with those that are being set up and those whose socket was closed. Neither has a socket that is only bound.
 */
export interface SctpReading {
  readonly rows: number;
  /** Rows that were cut or unreadable. */
  readonly malformedRows: number;
}

/** Receives the local port of a row; `associated` is whether it has a peer. */
export type SctpVisitor = (localPort: number, associated: boolean) => void;

/**
 * Visits the local port of each endpoint and association of a namespace. One that the kernel lists twice,
 * because its table changed meanwhile, is visited twice. `netDirectory` is a procfs `net` directory.
 * Undefined where this kernel has no SCTP, or has not loaded it. Throws `KernelFileError`.
 */
export function readSctp(netDirectory: string, visit: SctpVisitor): SctpReading | undefined {
  const endpoints = SctpTable.open(join(netDirectory, 'sctp', 'eps'));
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
  const associations = SctpTable.open(associationsPath);
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

/** Columns that the kernel writes as decimal numbers. A row of which a part is missing has something else there. */
const DECIMAL_COLUMNS: ReadonlySet<string> = new Set([
  'STY',
  'SST',
  'UID',
  'INODE',
  'LPORT',
  'RPORT',
]);
const DECIMAL = /^\d+$/;

/** The columns of a table, by its header. */
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

  /** The local port of a row; undefined where the row is malformed. */
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
  #unreadableRows = 0;

  private constructor(path: string, lines: LineReader) {
    this.#path = path;
    this.#lines = lines;
    this.#columns = new SctpColumns(path, this.#nextLine() ?? '');
  }

  /** The kernel writes many rows of `eps` at once, and a row is as long as its list of addresses: uneven. */
  static open(path: string): SctpTable | undefined {
    const lines = LineReader.openUneven(path);
    if (lines === undefined) return undefined;
    try {
      return new SctpTable(path, lines);
    } catch (error) {
      lines.close();
      throw error;
    }
  }

  get malformedRows(): number {
    return this.#unreadableRows + this.#lines.brokenLines;
  }

  close(): void {
    this.#lines.close();
  }

  visitPorts(visit: (localPort: number) => void): void {
    for (let row = this.#nextLine(); row !== undefined; row = this.#nextLine()) {
      const port = this.#columns.localPortOf(row);
      if (port === undefined) this.#unreadableRows += 1;
      else this.#visitRow(port, visit);
    }
    assertSocketTable(this.#path, this);
  }

  #visitRow(port: number, visit: (localPort: number) => void): void {
    this.rows += 1;
    visit(port);
  }

  #nextLine(): string | undefined {
    const lines = this.#lines;
    if (!lines.advance()) return undefined;
    return lines.bytes.toString('latin1', lines.start, lines.end);
  }
}
