import type { SurroundingNamespace, Surroundings } from './cause.ts';

/** What a snapshot, or its details, know beside a pool of the namespace. */
export function surroundingsOf(
  { namespaces }: { readonly namespaces: readonly SurroundingNamespace[] },
  namespaceId: number,
): Surroundings {
  const namespace = namespaces.find(({ id }) => id === namespaceId);
  return { namespace, natRefusals: undefined };
}
