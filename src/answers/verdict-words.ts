import { HOST, type NetnsIdentity } from '../kernel/netns/netns.ts';
import { type PoolUsage, usageRatio } from '../pools/pool.ts';
import type { SnapshotDetails } from '../snapshot/details.ts';
import type { Cause } from './causes.ts';
import { diagnose } from './diagnosis/diagnosis.ts';
import { diagnosisSentences } from './diagnosis/diagnosis-words.ts';
import { surroundingsOf } from './diagnosis/surroundings.ts';
import { ownersSentence } from './owner-words.ts';
import { explainTaken, nameOfServicePort } from './service-port-words.ts';
import type { Verdict } from './verdict.ts';
import { explain, nameOf, nameOfNamespace, percent } from './words.ts';

/** Pools that a sentence lists: as many as a person takes in. */
const MAX_LISTED = 3;

/** A pool with its network namespace, unless that is the host's: `pod shop/cart-0: 10.0.0.1 → 10.0.0.2:5432`. */
export function nameOfPoolIn(identity: NetnsIdentity, pool: PoolUsage): string {
  return `${identity.netns === HOST ? '' : `${nameOfNamespace(identity)}: `}${nameOf(pool)}`;
}

/** What is wrong, or that nothing is: sentences, the most important first, without a full stop. */
export function verdictSentences(verdict: Verdict, details: SnapshotDetails): readonly string[] {
  const { causes, taken, unknown, assumed } = verdict;
  const isInfo = ({ head }: Cause): boolean => head.severity === 'info';
  const sentences = [
    ...causes.filter((cause) => !isInfo(cause)).map(causeSentence),
    ...taken.map(({ namespace, port }) => {
      const subject = nameOfServicePort(namespace.identity, port);
      return `${subject}: ${explainTaken(port, details.takenAtSeconds)}`;
    }),
    ...unknown,
    ...diagnosisOf(
      causes.find((cause) => !isInfo(cause)),
      details,
    ),
  ];
  const infos = causes.filter(isInfo).map(causeSentence);
  return [
    ...(sentences.length > 0 ? sentences : [fullestSentence(details)]),
    ...infos,
    ...(assumed === '' ? [] : [capitalized(assumed)]),
  ];
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function causeSentence({ head, others }: Cause): string {
  const { severity, alert, identity, pool } = head;
  const what = `${nameOfPoolIn(identity, pool)}: ${explain(alert, pool)}`;
  const held = ownersSentence(pool.owners).replace(/^ Held(.*)\.$/, ', held$1');
  return `${severity}: ${what}${held}${alsoInTrouble(others)}`;
}

/** Why the worst pool is in trouble, and what to do. */
function diagnosisOf(cause: Cause | undefined, details: SnapshotDetails): readonly string[] {
  if (cause === undefined) return [];
  const { pool } = cause.head;
  const text = diagnosisSentences(diagnose(pool, surroundingsOf(details, pool.namespaceId)));
  return text === '' ? [] : [text.replace(/\.$/, '')];
}

/** The other pools of a cause are in the same network namespace. */
function alsoInTrouble(others: Cause['others']): string {
  if (others.length === 0) return '';
  const named = others.slice(0, MAX_LISTED).map(({ pool }) => nameOf(pool));
  const more = others.length - named.length;
  return `; by it also in trouble: ${named.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function fullestSentence(details: SnapshotDetails): string {
  const [fullest] = poolsByUsage(details);
  if (fullest === undefined) return 'no source port is in use';
  const { identity, pool } = fullest;
  const { capacity, available } = pool;
  return `fullest is ${nameOfPoolIn(identity, pool)}: ${percent(usageRatio(pool))} of ${capacity} ports used, ${available} left`;
}

/** A pool and its network namespace. */
export interface PlacedPool {
  readonly identity: NetnsIdentity;
  readonly pool: PoolUsage;
}

/** All pools that a poll lists and of which a port is used: the fullest first. */
export function poolsByUsage({ namespaces }: SnapshotDetails): readonly PlacedPool[] {
  return namespaces
    .flatMap(({ identity, fullest }) =>
      [...fullest.values()].flat().map((pool) => ({ identity, pool })),
    )
    .filter(({ pool }) => pool.available < pool.capacity)
    .toSorted((a, b) => usageRatio(b.pool) - usageRatio(a.pool));
}

/** The same in few letters, numbers first: where it is cut, what is left of it tells how bad it is. */
export function shortVerdict(verdict: Verdict, details: SnapshotDetails): string {
  const { level, causes, taken, unknown } = verdict;
  const [worst] = causes.map(({ head }) => head).filter(({ severity }) => severity !== 'info');
  if (worst !== undefined) {
    const { identity, pool } = worst;
    return `${level}: ${pool.available} of ${pool.capacity} left: ${nameOfPoolIn(identity, pool)}`;
  }
  const [first] = taken;
  if (first !== undefined) {
    const { namespace, port } = first;
    return `${level}: ${nameOfServicePort(namespace.identity, port)} of a service is taken by a client`;
  }
  return `${level}: ${unknown[0] ?? fullestSentence(details)}`;
}
