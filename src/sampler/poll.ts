import { Shortlist, type ShortlistOptions } from '../alerts/shortlist.ts';
import type { Snapshot } from '../snapshot.ts';
import { describeNamespace } from './describe.ts';
import { NamespaceReader } from './namespace.ts';
import { NamespacePools } from './namespace-pools.ts';

export interface PollOptions {
  /** Where procfs is mounted. */
  readonly procfs: string;
  readonly shortlist: ShortlistOptions;
}

/** Polls: kernel rows → census → pools → selection → snapshot. */
export class Poller {
  readonly #reader: NamespaceReader;
  readonly #shortlist: Shortlist;

  constructor(options: PollOptions) {
    this.#reader = new NamespaceReader(options.procfs);
    this.#shortlist = new Shortlist(options.shortlist);
  }

  /** One poll, synchronous. Throws `KernelFileError`; the next poll goes on from the last good one. */
  poll(): Snapshot {
    const takenAtSeconds = Date.now() / 1000;
    const startMs = performance.now();
    const reading = this.#reader.read(startMs);
    const pools = new NamespacePools(reading);
    const exported = this.#shortlist.update(pools.candidates, startMs / 1000);
    return {
      takenAtSeconds,
      namespaces: [describeNamespace(reading, pools, exported)],
      source: 'proc',
      rows: reading.rows,
      damagedRows: reading.damagedRows,
      repeatedRows: reading.tcp.outbound.repeatedRows,
      durationSeconds: (performance.now() - startMs) / 1000,
    };
  }
}
