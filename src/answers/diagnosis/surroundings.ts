import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { SurroundingNamespace, Surroundings } from './cause.ts';

/** A snapshot, or its details. */
export type Known = Pick<Snapshot, 'conntrack' | 'counts'> & {
  readonly namespaces: readonly SurroundingNamespace[];
};

/** What is known beside a pool of the namespace. */
export function surroundingsOf(
  { namespaces, conntrack, counts }: Known,
  namespaceId: number,
): Surroundings {
  const namespace = namespaces.find(({ id }) => id === namespaceId);
  // One poll alone cannot tell when NAT refused what it did.
  return {
    namespace,
    natRefusals: conntrack?.refusedLately ?? conntrack?.insertFailed,
    hasPods: counts.pods > 0,
  };
}
