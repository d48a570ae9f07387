import { kindOf } from '../../pools/kinds.ts';
import type { GatedDetails, NamespaceDetails, SnapshotDetails } from '../../snapshot/details.ts';
import { nameOfNamespace } from '../words.ts';
import type { NamespaceRow } from './overview.ts';

/** All namespaces that are known, the host first, then by risk and fullness; quiet ones come last. */
export function namespaceRows(details: SnapshotDetails): readonly NamespaceRow[] {
  const [host, ...others] = details.namespaces.map((namespace) =>
    rowOf(namespace, details.takenAtSeconds, false),
  );
  return [
    ...(host === undefined ? [] : [host]),
    ...others.toSorted(byFullness),
    ...details.gated.flatMap(quietRow).toSorted(byFullness),
  ];
}

/** One that was not read yet is left out: nothing is known of it but that it is there. */
function quietRow({ lastRead }: GatedDetails): readonly NamespaceRow[] {
  return lastRead === undefined ? [] : [rowOf(lastRead.namespace, lastRead.atSeconds, true)];
}

function byFullness(a: NamespaceRow, b: NamespaceRow): number {
  return b.risk_level - a.risk_level || b.worst_usage_ratio - a.worst_usage_ratio;
}

function rowOf(namespace: NamespaceDetails, atSeconds: number, isQuiet: boolean): NamespaceRow {
  const { identity, settings, failures } = namespace;
  return {
    netns: identity.netns,
    namespace: nameOfNamespace(identity),
    risk_level: namespace.riskLevel,
    range_low: settings.range.low,
    range_high: settings.range.high,
    range_assumed: settings.rangeAssumed,
    reserved: namespace.reserved ?? null,
    ...endpointFigures(namespace),
    worst_usage_ratio: worstUsageRatio(namespace),
    refused: failures === undefined ? null : failures.connect + (failures.bind ?? 0),
    is_quiet: isQuiet,
    read_at_seconds: atSeconds,
  };
}

function endpointFigures({
  kinds,
}: NamespaceDetails): Pick<NamespaceRow, 'blocked' | 'capacity' | 'endpoints' | 'held'> {
  const connect = kinds.find(({ kind }) => !kindOf(kind).isShared);
  const { blocked = 0, capacity = 0, alive = 0, held = 0 } = connect ?? {};
  return { blocked, capacity, endpoints: alive, held };
}

/** Of the kinds that the metric of that name shows. */
function worstUsageRatio({ kinds }: NamespaceDetails): number {
  const shown = kinds.filter(({ kind }) => kindOf(kind).feedsProtocolFamilies);
  return Math.max(0, ...shown.map((kind) => kind.worstUsageRatio));
}
