import type { CauseName } from '../answers/diagnosis/cause.ts';
import { causeOf } from '../answers/diagnosis/cause-of.ts';
import { surroundingsOf } from '../answers/diagnosis/surroundings.ts';
import type { RemoteNames } from '../config/remote-names.ts';
import { type Pool, poolId } from '../pools/pool.ts';
import type {
  AlertSnapshot,
  NamespaceSnapshot,
  PoolSnapshot,
  Snapshot,
} from '../snapshot/snapshot.ts';
import type { Labels } from './snapshot-metric.ts';

/** One namespace, with the labels that all its series share. */
export interface NamespaceSubject {
  readonly namespace: NamespaceSnapshot;
  readonly shared: Labels;
}

/** One exported endpoint, with the labels that all its series share. */
export interface EndpointSubject {
  readonly usage: PoolSnapshot;
  /** Why it runs out; undefined where it is not at risk. */
  readonly cause: CauseName | undefined;
  readonly shared: Labels;
}

/** One firing alert, with the labels of its pool. */
export interface AlertSubject {
  readonly alert: AlertSnapshot;
  readonly shared: Labels;
}

/** Everything in a snapshot that gets series, sorted, so that pages of two polls differ only in values. */
export interface Subjects {
  readonly namespaces: readonly NamespaceSubject[];
  /** Namespaces without an exported endpoint although alerts fire there: all were omitted (`limit_at_risk`). */
  readonly omitted: readonly NamespaceSubject[];
  readonly endpoints: readonly EndpointSubject[];
  readonly alerts: readonly AlertSubject[];
}

/** What is shown of a snapshot, at once; see `subjectsInSteps`. */
export function subjectsOf(snapshot: Snapshot, names: RemoteNames): Subjects {
  const steps = subjectsInSteps(snapshot, names);
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/**
 * Namespaces: the first, which is the host's, and those with an exported endpoint or an alert that fires;
 * all others are only counted. Yields after each namespace, so that other work can come between.
 */
export function* subjectsInSteps(
  snapshot: Snapshot,
  names: RemoteNames,
): Generator<undefined, Subjects> {
  const alerted = new Set(snapshot.alerts.firing.map(({ pool }) => pool.namespaceId));
  const subjects = snapshot.namespaces.map((namespace) => ({
    namespace,
    shared: namespaceLabels(namespace),
  }));
  const isShown = ({ namespace }: NamespaceSubject): boolean =>
    namespace === snapshot.namespaces[0] || alerted.has(namespace.id) || hasExported(namespace);
  const namespaces = subjects.filter(isShown);
  const omitted = subjects.filter((each) => !isShown(each) && hasOmittedAtRisk(each.namespace));
  const labels = new Map(namespaces.map(({ namespace, shared }) => [namespace.id, shared]));
  const endpoints: EndpointSubject[] = [];
  for (const subject of namespaces) {
    endpoints.push(...endpointsOf(snapshot, subject, names));
    yield;
  }
  const alerts = snapshot.alerts.firing.map((alert) => ({
    alert,
    shared: {
      ...(labels.get(alert.pool.namespaceId) ?? namespaceLabels(alert)),
      ...endpointLabels(alert.pool, names),
    },
  }));
  return { namespaces, omitted, endpoints, alerts };
}

function endpointsOf(
  snapshot: Snapshot,
  { namespace, shared }: NamespaceSubject,
  names: RemoteNames,
): readonly EndpointSubject[] {
  const surroundings = surroundingsOf(snapshot, namespace.id);
  return namespace.kinds
    .flatMap(({ exported }) => exported)
    .map((usage) => ({ usage, id: poolId(usage) }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ usage }) => ({
      usage,
      cause: usage.riskLevel > 0 ? causeOf(usage, surroundings).name : undefined,
      shared: { ...shared, ...endpointLabels(usage, names) },
    }));
}

function hasExported({ kinds }: NamespaceSnapshot): boolean {
  return kinds.some(({ exported }) => exported.length > 0);
}

function hasOmittedAtRisk({ kinds }: NamespaceSnapshot): boolean {
  return kinds.some(({ omittedAtRisk }) => omittedAtRisk > 0);
}

/** The labels S. */
export function namespaceLabels({ identity }: Pick<NamespaceSnapshot, 'identity'>): Labels {
  const { netns, podNamespace, podName } = identity;
  return { netns, pod_namespace: podNamespace, pod_name: podName };
}

function endpointLabels(usage: Pool, names: RemoteNames): Labels {
  const { kind, protocol, localAddress, remoteAddress, remotePort } = usage;
  return {
    pool: kind,
    protocol,
    local_address: localAddress,
    remote_address: remoteAddress,
    remote_port: remotePort === 0 ? '' : String(remotePort),
    remote_name: names.nameOf(remoteAddress, remotePort),
  };
}
