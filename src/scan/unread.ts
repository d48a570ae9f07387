import type { EndReasons } from '../alerts/evaluator.ts';
import type { PoolKind } from '../pools/pool.ts';
import type { NamespaceReading } from './namespace-reader.ts';

/** Of which pools a scan knows nothing, and why. */
export interface Unread {
  /** Whether the pools of a kind in a namespace could not be read now, so that nothing is known of them. */
  readonly isUnread: (namespaceId: number, kind: PoolKind) => boolean;
  /** Why nothing is known any more of a pool. */
  readonly endOf: EndReasons;
}

/** `refusals` and `gone` have the ids of namespaces that could not be read, and that no longer exist. */
export function unreadOf(
  readings: readonly NamespaceReading[],
  refusals: ReadonlyMap<number, unknown>,
  gone: ReadonlySet<number>,
): Unread {
  const read = new Map(
    readings.map(({ namespace, failedKinds }) => [namespace.id, failedKinds] as const),
  );
  const isUnread: Unread['isUnread'] = (id, kind) =>
    refusals.has(id) || read.get(id)?.includes(kind) === true;
  const endOf: EndReasons = ({ namespaceId, kind }) => {
    if (gone.has(namespaceId)) return 'namespace_gone';
    if (isUnread(namespaceId, kind)) return 'unreadable';
    return read.has(namespaceId) ? 'not_followed' : 'not_selected';
  };
  return { isUnread, endOf };
}
