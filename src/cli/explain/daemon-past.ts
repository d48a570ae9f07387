import { addressAndPort } from '../../kernel/address-text.ts';
import type { EndpointQuestion } from '../../answers/explanation/endpoint-question.ts';
import type { Explanation } from '../../answers/explanation/explanation.ts';
import type { HistoryJson } from '../../answers/explanation/history-json.ts';
import { asIncidents } from '../../incidents/incident-shape.ts';
import type { Incident, IncidentPool } from '../../incidents/incident.ts';
import { type FlagValues, valueOf } from '../flags/arguments.ts';
import { DaemonClient } from '../daemon/daemon-client.ts';
import { DaemonError } from '../daemon/daemon-error.ts';
import { FlagError } from '../flags/flag.ts';
import { asExplained, type ExplainedPast } from './explained-past.ts';

/** What a daemon knows of the past. */
export interface Past {
  /** Undefined where nothing is known. */
  readonly historyOf: (explanation: Explanation) => HistoryJson | undefined;
  /** Whether ports run out, as the daemon sees it. */
  readonly isNearlyNone: (explanation: Explanation) => boolean;
  /** The incidents of an endpoint, the last one first; undefined where no daemon told. */
  readonly incidentsOf: ((explanation: Explanation) => readonly Incident[]) | undefined;
  /** Why there is no past, as a sentence; empty where there is one, and where nobody wanted it. */
  readonly untold: string;
}

/** Which daemon is asked; undefined: none. */
export type DaemonChoice = { readonly client: DaemonClient; readonly isNamed: boolean } | undefined;

/** In milliseconds, for all questions together. Nobody who named no daemon wants to wait for one. */
export const [DEFAULT_MS, NAMED_MS] = [500, 5000];

/** Throws `FlagError` where `--from` names no daemon on loopback. */
export function daemonChoice(values: FlagValues): DaemonChoice {
  const from = valueOf(values, 'from');
  if (!values.has('no-daemon')) {
    return { client: new DaemonClient(from), isNamed: from !== undefined };
  }
  if (from === undefined) return undefined;
  throw new FlagError('--no-daemon: contradicts --from');
}

/** Asks the daemon what it knows of the endpoint. That it does not answer is no error: what one poll tells is told. */
export async function askPast(question: EndpointQuestion, choice: DaemonChoice): Promise<Past> {
  if (choice === undefined) return untold('');
  const { client, isNamed } = choice;
  try {
    return await ask(question, client, isNamed ? NAMED_MS : DEFAULT_MS);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    if (error.kind === 'absent' && !isNamed) return untold(NO_PAST);
    return untold(`${NO_PAST} No past from ${error.message}.`);
  } finally {
    client.close();
  }
}

const NO_PAST = 'One poll has no past: the daemon follows each endpoint over time.';

function untold(why: string): Past {
  return {
    historyOf: () => undefined,
    isNearlyNone: () => false,
    incidentsOf: undefined,
    untold: why,
  };
}

async function ask(
  { from, to, port }: EndpointQuestion,
  client: DaemonClient,
  withinMs: number,
): Promise<Past> {
  const untilMs = performance.now() + withinMs;
  const query = new URLSearchParams({ to: addressAndPort(to, port) });
  if (from !== undefined) query.set('from', from);
  const answered = await client.json('/api/v1/incidents', withinMs);
  const incidents = asIncidents((answered as { readonly incidents?: unknown } | null)?.incidents);
  const leftMs = Math.max(1, Math.round(untilMs - performance.now()));
  const explained = asExplained(await client.json(`/api/v1/explain?${query.toString()}`, leftMs));
  if (incidents === undefined || explained === undefined) {
    throw new DaemonError('failed', `the daemon at ${client.name}: its answer is not understood`);
  }
  const told = (explanation: Explanation): ExplainedPast | undefined =>
    explained.find((each) => isSameEndpoint(each, explanation));
  return {
    historyOf: (explanation) => told(explanation)?.history ?? undefined,
    isNearlyNone: (explanation) => ['nearly', 'ports'].includes(told(explanation)?.outcome ?? ''),
    incidentsOf: (explanation) => incidents.filter((each) => concerns(each, explanation)),
    untold: explained.some(({ history }) => history !== null)
      ? ''
      : `The daemon at ${client.name} does not follow this endpoint: it knows no past of it.`,
  };
}

function isSameEndpoint(
  { ns_inode: inode, netns, local_address: local }: ExplainedPast,
  { namespace: { identity }, pool }: Explanation,
): boolean {
  return (
    local === pool?.localAddress &&
    (inode === '' ? netns === identity.netns : inode === identity.nsInode)
  );
}

function concerns(incident: Incident, { namespace, pool, question }: Explanation): boolean {
  const { ns_inode: inode, netns } = incident.namespace;
  const { identity } = namespace;
  if (inode === '' ? netns !== identity.netns : inode !== identity.nsInode) return false;
  const isMeant = (other: IncidentPool): boolean =>
    other.remote_address === question.to &&
    other.remote_port === question.port &&
    (pool === undefined || other.local_address === pool.localAddress);
  return [incident.pool, ...incident.also_in_trouble].some(isMeant);
}
