import { libc } from '../libc.ts';
import type { PortRange } from '../proc/sysctl.ts';
import { type RowVisitor, SocketRow } from '../socket-row.ts';
import { BpfError, BpfObject } from './bpf-object.ts';
import { BpfRareFields, decodeRecord, recordBytes, Records } from './bpf-row.ts';
import { jiffiesPerSecond } from './jiffies.ts';
import { libbpf } from './libbpf.ts';

/** Where the fields of `struct pass` in `tcp-walk.bpf.c` start, and its length; a record has 56 bytes at most. */
const [LOW, HIGH, TABLE, BUCKET, RECORD_BYTES, FIN_TIMEOUT, RECORDS] = [0, 2, 4, 8, 12, 20, 24];
const PASS_BYTES = RECORDS + 16_384 + 56;

/** `table` when a pass is over. */
const DONE = 2;

/**
 * How many runs in a row may find that the same chain of sockets changed while they read it. Chosen: a run takes the time in
 * which some hundred connections can come and go, on all chains together.
 */
const MAX_VAIN_RUNS = 100;

const KEY = new Uint8Array(4);

/** No socket but a listener has such a port. */
const NO_PORTS: PortRange = { low: 1, high: 0 };

/** The BPF program `tcp-walk.bpf.c`. It holds the processor for about a millisecond at a time, and locks nothing. */
export class TcpWalk {
  readonly #program: number;
  readonly #passes: number;
  readonly #records = new Records(PASS_BYTES);
  readonly #rare = new BpfRareFields(this.#records);
  readonly #row = new SocketRow(this.#rare);
  #hertz = 1;

  private constructor(program: number, passes: number) {
    this.#program = program;
    this.#passes = passes;
  }

  /** Loads the program, and tries it. Throws `BpfError` where that cannot be: before Linux 5.19 it never can. */
  static open(): TcpWalk {
    return BpfObject.use('tcp-walk', [], (object) => {
      const walk = new TcpWalk(object.program('walk_tcp_sockets'), object.map('passes'));
      try {
        return walk.#tried();
      } catch (error) {
        walk.close();
        throw error;
      }
    });
  }

  #tried(): this {
    this.read(() => undefined, NO_PORTS);
    this.#hertz = jiffiesPerSecond(this.#records.word(FIN_TIMEOUT));
    return this;
  }

  /** As `TcpRows` says. */
  read(visit: RowVisitor, range: PortRange): number {
    let rows = 0;
    this.#begin(range);
    for (let vainRuns = 0; this.#records.word(TABLE) !== DONE;) {
      const before = this.#place;
      this.#run();
      rows += this.#visit(visit);
      vainRuns = this.#place === before ? vainRuns + 1 : 0;
      if (vainRuns > MAX_VAIN_RUNS)
        throw new BpfError('BPF program', 'the list of sockets is cut off');
    }
    return rows;
  }

  close(): void {
    libc().close(this.#program);
    libc().close(this.#passes);
  }

  /** Where the next run begins. */
  get #place(): number {
    return this.#records.word(TABLE) * 2 ** 32 + this.#records.word(BUCKET);
  }

  #begin({ low, high }: PortRange): void {
    this.#records.bytes.fill(0, 0, RECORDS);
    const view = new DataView(this.#records.bytes.buffer);
    view.setUint16(LOW, low, true);
    view.setUint16(HIGH, high, true);
    const library = libbpf();
    if (library.update(this.#passes, KEY, this.#records.bytes) < 0)
      throw failure('map', library.errnoName());
  }

  #run(): void {
    const library = libbpf();
    this.#row.readAfterMs = performance.now();
    if (library.run(this.#program) < 0) throw failure('program', library.errnoName());
    if (library.lookup(this.#passes, KEY, this.#records.bytes) < 0)
      throw failure('map', library.errnoName());
  }

  /** Visits what the last run found; returns how many these are. */
  #visit(visit: RowVisitor): number {
    const end = RECORDS + this.#records.word(RECORD_BYTES);
    let rows = 0;
    for (let at = RECORDS; at < end; at += recordBytes(this.#records, at)) {
      decodeRecord(this.#row, this.#records, at, this.#hertz);
      this.#rare.at = at;
      rows += 1;
      visit(this.#row);
    }
    return rows;
  }
}

function failure(what: string, errno: string): BpfError {
  return new BpfError(`BPF ${what}`, `cannot be run or read (${errno})`, errno);
}
