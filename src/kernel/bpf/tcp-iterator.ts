import { readSync } from 'node:fs';
import { errnoOf } from '../errno.ts';
import { libc, noteDescriptor } from '../libc.ts';
import type { PortRange } from '../proc/sysctl.ts';
import { type RowVisitor, SocketRow } from '../socket-row.ts';
import { BpfError, BpfObject } from './bpf-object.ts';
import {
  BpfRareFields,
  decodeRecord,
  finTimeoutJiffies,
  isTail,
  recordBytes,
  Records,
} from './bpf-row.ts';
import { jiffiesPerSecond } from './jiffies.ts';
import { libbpf } from './libbpf.ts';

/** More than the kernel hands out at once: eight pages (`bpf_seq_read` in kernel/bpf/bpf_iter.c), of 64 KiB at most. */
const BUFFER_BYTES = 1 << 20;

/**
 * How often a read may give nothing, after a million sockets of other ports each (`MAX_ITER_OBJECTS` in
 * kernel/bpf/bpf_iter.c). Chosen, not measured.
 */
const MAX_EMPTY_READS = 1000;

/** No socket but a listener has such a port. */
const NO_PORTS: PortRange = { low: 1, high: 0 };

/** The BPF program `tcp-sockets.bpf.c`, an iterator: the kernel locks each socket while the program looks at it. */
export class TcpIterator {
  readonly #link: number;
  readonly #asked: number;
  readonly #records = new Records(BUFFER_BYTES);
  readonly #rare = new BpfRareFields(this.#records);
  readonly #row = new SocketRow(this.#rare);
  #hertz = 1;

  private constructor(link: number, asked: number) {
    this.#link = link;
    this.#asked = asked;
  }

  /** Loads the program. Throws `BpfError` where that cannot be. */
  static open(): TcpIterator {
    return BpfObject.use('tcp-sockets', [], (object) => {
      const iterator = new TcpIterator(
        object.attachIterator('list_tcp_sockets'),
        object.map('asked'),
      );
      const tail = iterator.#pass(NO_PORTS, () => undefined);
      iterator.#hertz = jiffiesPerSecond(finTimeoutJiffies(iterator.#records, tail));
      return iterator;
    });
  }

  /** As `TcpRows` says. */
  read(visit: RowVisitor, range: PortRange): number {
    let rows = 0;
    this.#pass(range, (at) => {
      decodeRecord(this.#row, this.#records, at, this.#hertz);
      this.#rare.at = at;
      rows += 1;
      visit(this.#row);
    });
    return rows;
  }

  close(): void {
    libc().close(this.#link);
    libc().close(this.#asked);
  }

  /** Calls `record` for each but the last; returns where the last one is. */
  #pass(range: PortRange, record: (at: number) => void): number {
    const key = new Uint8Array(4);
    const value = new Uint8Array(new Uint16Array([range.low, range.high]).buffer);
    const library = libbpf();
    if (library.update(this.#asked, key, value) < 0) throw failure('map', library.errnoName());
    const fd = library.createIterator(this.#link);
    if (fd < 0) throw failure('iterator', library.errnoName());
    noteDescriptor(fd);
    try {
      return this.#readAll(fd, record);
    } finally {
      // Node.js warns of a descriptor that it closes and did not open.
      libc().close(fd);
    }
  }

  #readAll(fd: number, record: (at: number) => void): number {
    for (;;) {
      const end = this.#readSome(fd);
      if (end === 0) throw new BpfError('BPF iterator', 'the list of sockets is cut off');
      for (let at = 0; at < end; at += recordBytes(this.#records, at)) {
        if (isTail(this.#records, at)) return at;
        record(at);
      }
    }
  }

  #readSome(fd: number): number {
    for (let reads = 0; reads < MAX_EMPTY_READS; reads += 1) {
      try {
        this.#row.readAfterMs = performance.now();
        return readSync(fd, this.#records.bytes);
      } catch (error) {
        if (errnoOf(error) !== 'EAGAIN') throw failure('iterator', errnoOf(error));
      }
    }
    throw failure('iterator', 'EAGAIN');
  }
}

function failure(what: string, errno: string): BpfError {
  return new BpfError(`BPF ${what}`, `cannot be read (${errno})`, errno);
}
