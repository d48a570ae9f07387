import { kindOf } from '../../pools/kinds.ts';
import type { PoolUsage } from '../../pools/pool.ts';
import { gainedWithoutBinds } from './bound-ports.ts';
import { type Cause, type CauseName, type Surroundings } from './cause.ts';
import { type ForecastPool, reuseTimeWaits, secondAddress, widerRange } from './host-remedies.ts';
import { causeOf } from './cause-of.ts';
import { type OwnedUsage, programAdvice } from './programs.ts';
import { keepingRemedy } from './sysctl-lines.ts';
import { CAUSE_REMEDIES, type Remedy } from './remedy.ts';

/** Why a pool runs out, and what to do: the first remedy is the one that ends it. */
export interface Diagnosis {
  readonly cause: Cause;
  readonly remedies: readonly Remedy[];
}

/** What a diagnosis is made of: a pool, with what is known of its past and its owners. */
export type DiagnosedPool = ForecastPool & OwnedUsage;

/** What helps beside a change of the program, by cause: nothing is named that does not. */
const HOST_REMEDIES: Readonly<Record<CauseName, readonly ('reuse' | 'range' | 'address')[]>> = {
  connection_churn: ['reuse', 'range', 'address'],
  connection_leak: ['range'],
  large_pool: ['range', 'address'],
  unanswered_connects: [],
  nat_exhausted: [],
  bind_before_connect: ['range'],
  explicit_ports: ['range'],
  blocked_range: ['range'],
  reserved_range: ['range'],
  narrow_range: ['range'],
  udp_per_request: ['range'],
  slow_first_pass: ['range', 'address'],
  unknown: [],
};

/** Why the pool runs out, and what to do about it. Meant for pools at risk. */
export function diagnose(pool: DiagnosedPool, surroundings: Surroundings): Diagnosis {
  const cause = causeOf(pool, surroundings);
  const { namespace, hasPods } = surroundings;
  const host = HOST_REMEDIES[cause.name].map((name) => {
    if (name === 'reuse') return reuseTimeWaits(pool, namespace);
    if (name === 'address') return pool.kind === 'connect' ? secondAddress(pool) : undefined;
    return namespace === undefined ? undefined : widerRange(pool, namespace, hasPods);
  });
  const all = [programRemedy(cause, pool, surroundings), ...host];
  const remedies = all.filter((remedy) => remedy !== undefined);
  const keeping = namespace && keepingRemedy(namespace, remedies);
  return { cause, remedies: keeping === undefined ? remedies : [...remedies, keeping] };
}

/** Of the culprit's program where another pool is the cause. */
function programRemedy(cause: Cause, pool: DiagnosedPool, surroundings: Surroundings): Remedy {
  const culprit: DiagnosedPool | PoolUsage = cause.culprits[0] ?? pool;
  const text = kindOf(pool.kind).remedy ?? CAUSE_REMEDIES[cause.name];
  const gainedPorts =
    cause.name === 'bind_before_connect' ? gainedWithoutBinds(pool, surroundings) : undefined;
  return {
    text: [text, ...programAdvice(cause.name, culprit)].join(' '),
    ...(gainedPorts !== undefined && { gainedPorts }),
  };
}
