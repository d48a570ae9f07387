import type { AlertSnapshot } from '../snapshot/snapshot.ts';
import { kindOf } from '../pools/kinds.ts';

/** Alerts that one cause has made fire. */
export interface Cause {
  /** Of one network namespace and cause; two at the same time are never alike in it. */
  readonly key: string;
  /** The one that says most about it: the most severe, of the pool where the ports are. */
  readonly head: AlertSnapshot;
  /** The most severe one of each other pool that suffers. */
  readonly others: readonly AlertSnapshot[];
}

const SEVERITY_ORDER = { critical: 0, warning: 1, info: 2 } as const;

/** What has failed comes first. Alerts that say by themselves how bad it is come before those that say how soon, or how slow. */
const ALERT_ORDER: Readonly<Record<AlertSnapshot['alert'], number>> = {
  EphemeralPortsBindFailing: 0,
  EphemeralPortsBindExhaustion: 1,
  EphemeralPortsRangeBlocked: 2,
  EphemeralPortsConnectFailing: 3,
  EphemeralPortsExhaustion: 4,
  EphemeralPortsUdpExhaustion: 5,
  EphemeralPortsForecast: 6,
  EphemeralPortsSlowConnect: 7,
};

/** The causes of what fires, the worst first. */
export function causesOf(firing: readonly AlertSnapshot[]): readonly Cause[] {
  const causes = new Map<string, AlertSnapshot[]>();
  for (const alert of worstOfEachPool(firing)) {
    const key = `${alert.identity.netns} ${causeOf(alert, firing)}`;
    causes.set(key, [...(causes.get(key) ?? []), alert]);
  }
  return [...causes]
    .flatMap(([key, alerts]) => {
      const [head, ...others] = alerts.toSorted(byWeight);
      return head === undefined ? [] : [{ key, head, others }];
    })
    .toSorted((a, b) => byWeight(a.head, b.head));
}

/** One for each pool that suffers, the worst first. */
export function worstOfEachPool(firing: readonly AlertSnapshot[]): readonly AlertSnapshot[] {
  const worst = new Map<string, AlertSnapshot>();
  for (const alert of firing.toSorted(byWeight)) {
    const name = `${alert.identity.netns} ${kindOf(alert.pool.kind).nameOf(alert.pool)}`;
    if (!worst.has(name)) worst.set(name, alert);
  }
  return [...worst.values()];
}

/**
 * A name for what has brought the pool into trouble: `bound` where a `bind()` owns the ports that are missing, else the
 * pool's own. That `bind(0)` on a wildcard address finds nothing is a consequence of whatever else takes the ports.
 */
function causeOf({ identity, pool }: AlertSnapshot, firing: readonly AlertSnapshot[]): string {
  const own = kindOf(pool.kind).nameOf(pool);
  const here = firing.filter((other) => other.identity.netns === identity.netns);
  if (pool.kind === 'range') return BOUND;
  if (pool.kind === 'bind' && kindOf(pool.kind).isExported(pool)) return BOUND;
  if (pool.kind === 'bind') {
    const others = here.filter((other) => other.pool.kind !== 'bind').toSorted(byWeight);
    const [first] = others;
    return first === undefined ? 'wildcards' : causeOf(first, []);
  }
  if (pool.kind !== 'connect') return own;
  const taken = pool.capacity - pool.available;
  const isVictim = 2 * pool.bound > pool.held || (pool.blocked > 0 && pool.blocked >= taken);
  return isVictim ? BOUND : own;
}

const BOUND = 'bound';

function byWeight(a: AlertSnapshot, b: AlertSnapshot): number {
  return (
    SEVERITY_ORDER[a.severity] - SEVERITY_ORDER[b.severity] ||
    ALERT_ORDER[a.alert] - ALERT_ORDER[b.alert]
  );
}
