import type { GatedSnapshot, Snapshot } from '../snapshot/snapshot.ts';

/** A snapshot on its way between threads: of the gated namespaces only those that were read anew. */
export interface SnapshotDelta {
  readonly snapshot: Snapshot;
  /** All that are gated now. */
  readonly gatedIds: readonly number[];
}

/** The sampler's end: a quiet namespace costs nothing to send again. */
export class DeltaSender {
  #sent: ReadonlySet<GatedSnapshot> = new Set();

  pack(snapshot: Snapshot): SnapshotDelta {
    const gated = snapshot.gated.filter((each) => !this.#sent.has(each));
    this.#sent = new Set(snapshot.gated);
    return { snapshot: { ...snapshot, gated }, gatedIds: snapshot.gated.map(({ id }) => id) };
  }
}

/** The other end. One for each sender: it goes on from what came before. */
export class DeltaReceiver {
  #known: ReadonlyMap<number, GatedSnapshot> = new Map();

  unpack({ snapshot, gatedIds }: SnapshotDelta): Snapshot {
    const fresh = new Map(snapshot.gated.map((each) => [each.id, each]));
    const gated = gatedIds.flatMap((id) => fresh.get(id) ?? this.#known.get(id) ?? []);
    this.#known = new Map(gated.map((each) => [each.id, each]));
    return { ...snapshot, gated };
  }
}
