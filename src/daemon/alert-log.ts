import type { Logger } from 'pino';
import { duration, explain, nameOf, nameOfNamespace } from '../answers/words.ts';
import { diagnose, type Diagnosis } from '../answers/diagnosis/diagnosis.ts';
import { diagnosisSentences } from '../answers/diagnosis/diagnosis-words.ts';
import { surroundingsOf } from '../answers/diagnosis/surroundings.ts';
import { ownersSentence } from '../answers/owner-words.ts';
import { HOST, type NetnsIdentity } from '../kernel/netns/netns.ts';
import type { RemoteNames } from '../config/remote-names.ts';
import { firstPassRatio, usageRatio } from '../pools/pool.ts';
import type { EndReason } from '../alerts/evaluator.ts';
import type { PoolSnapshot, Snapshot, TransitionSnapshot } from '../snapshot/snapshot.ts';

/** Why nothing is known any more of the pool of an alert. */
const ENDS: Readonly<Record<EndReason, string>> = {
  namespace_gone: 'its network namespace is gone',
  unreadable: 'it cannot be read any more',
  not_selected: 'its network namespace is not looked at any more',
  not_followed: 'fuller pools took its place (history.pools)',
};

const LEVELS = { info: 'info', warning: 'warn', critical: 'error' } as const;

/** Logs each alert that began or ceased to fire, once: who, where to, numbers, how long, what to do. */
export function logTransitions(snapshot: Snapshot, names: RemoteNames, log: Logger): void {
  const { alerts } = snapshot;
  for (const transition of alerts.transitions) {
    const { pool } = transition;
    const diagnosis = diagnose(pool, surroundingsOf(snapshot, pool.namespaceId));
    const level = transition.change === 'fired' ? LEVELS[transition.severity] : 'info';
    log[level](fields(transition, names, diagnosis), message(transition, diagnosis));
  }
  const others = alerts.otherTransitions;
  if (others > 0) log.warn({ others }, `${others} more alerts changed, of endpoints not exported`);
}

function message(transition: TransitionSnapshot, diagnosis: Diagnosis): string {
  const { alert, severity, change, reason, lastedSeconds, identity, pool } = transition;
  const subject = `${severity} ${alert}: ${namespacePrefix(identity)}${nameOf(pool)}`;
  if (change === 'fired') {
    const what = diagnosisSentences(diagnosis);
    return `${subject}: ${explain(alert, pool)}.${ownersSentence(pool.owners)} ${what}`;
  }
  const left = `${pool.available} of ${pool.capacity} ports left`;
  if (reason !== undefined) {
    return `ended after ${duration(lastedSeconds)}: ${subject}: ${ENDS[reason]}, last seen with ${left}`;
  }
  return `cleared after ${duration(lastedSeconds)}: ${subject}: ${left}`;
}

function fields(
  transition: TransitionSnapshot,
  names: RemoteNames,
  { cause }: Diagnosis,
): Record<string, unknown> {
  const { alert, severity, change, threshold, lastedSeconds, identity, pool } = transition;
  return {
    alert,
    severity,
    change,
    ...(transition.reason && { reason: transition.reason }),
    threshold,
    lasted_seconds: lastedSeconds,
    netns: identity.netns,
    pod_namespace: identity.podNamespace,
    pod_name: identity.podName,
    ...(change === 'fired' && { cause: cause.name }),
    ...poolFields(pool),
    remote_name: names.nameOf(pool.remoteAddress, pool.remotePort),
  };
}

/** Named as labels and metrics are. JSON has no infinity: the seconds of a pool without a forecast end become null. */
function poolFields(pool: PoolSnapshot): Record<string, unknown> {
  return {
    protocol: pool.protocol,
    local_address: pool.localAddress,
    remote_address: pool.remoteAddress,
    remote_port: pool.remotePort,
    held: pool.held,
    capacity: pool.capacity,
    available: pool.available,
    usage_ratio: usageRatio(pool),
    first_pass_ratio: pool.firstPass && firstPassRatio(pool.firstPass),
    time_to_exhaustion_seconds: pool.timeToExhaustionSeconds,
    sockets: pool.states,
    owners: pool.owners?.largest.map(({ kind, name, ports, remembered, pids }) => {
      return { owner_kind: kind, owner: name, ports, remembered, pids };
    }),
  };
}

/** Empty for the host's own namespace. */
function namespacePrefix(identity: NetnsIdentity): string {
  return identity.netns === HOST ? '' : `${nameOfNamespace(identity)}: `;
}
