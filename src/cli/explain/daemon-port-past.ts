import { matches } from '../../answers/json-shape.ts';
import type { PortAnswer } from '../../answers/port/explain-port.ts';
import { earliest, type Since } from '../../answers/port/since.ts';
import { asSince } from '../../answers/port/since-json.ts';
import { DaemonError } from '../daemon/daemon-error.ts';
import { type DaemonChoice, DEFAULT_MS, NAMED_MS } from './daemon-past.ts';

/** One port as a daemon tells of it. */
interface ToldPort {
  readonly netns: string;
  readonly ns_inode: string;
  readonly status: string;
  readonly since?: unknown;
}

/** The answers, with what a daemon remembers. That it does not answer is no error: what one look tells is told. */
export async function withDaemonPast(
  port: number,
  answers: readonly PortAnswer[],
  choice: DaemonChoice,
): Promise<readonly PortAnswer[]> {
  if (choice === undefined) return answers;
  const { client, isNamed } = choice;
  try {
    const told = await client.json(`/api/v1/ports/${port}`, isNamed ? NAMED_MS : DEFAULT_MS);
    return answers.map((answer) => ({ ...answer, since: sinceOf(answer, portsOf(told)) }));
  } catch (error) {
    if (error instanceof DaemonError) return answers;
    throw error;
  } finally {
    client.close();
  }
}

function portsOf(told: unknown): readonly ToldPort[] {
  const shape = { ports: [{ netns: 'text', ns_inode: 'text', status: 'text' }] } as const;
  return matches(told, shape) ? (told as { readonly ports: readonly ToldPort[] }).ports : [];
}

function sinceOf(
  { identity, status, since }: PortAnswer,
  told: readonly ToldPort[],
): Since | undefined {
  const same = told.find(
    (each) =>
      each.status === status &&
      (each.ns_inode === '' ? each.netns === identity.netns : each.ns_inode === identity.nsInode),
  );
  const all = [since, asSince(same?.since)].filter((each) => each !== undefined);
  return earliest(all);
}
