import { portsJson } from '../../answers/port/port-json.ts';
import { portLines } from '../../answers/port/port-words.ts';
import { printableJson, printableLines } from '../../answers/printable.ts';
import { answersAboutPort } from '../../sampler/port-answers.ts';
import type { CommandCall, CommandOutcome } from '../command.ts';
import { FlagError } from '../flags/flag.ts';
import { namespaceChoice } from '../namespace-choice.ts';
import { unknownNamespace } from '../unknown-namespace.ts';
import { daemonChoice } from './daemon-past.ts';
import { withDaemonPast } from './daemon-port-past.ts';

/** Exit statuses: see `explain-command.ts`. */
const [CLEAR, TROUBLE, UNKNOWN] = [0, 1, 3];

/** The port of `:46580`; undefined where the word is another one. Throws `FlagError` where there is no such port. */
export function portOf(word: string): number | undefined {
  const [, digits] = /^:(\d+)$/.exec(word) ?? [];
  if (digits === undefined) return undefined;
  const port = Number(digits);
  if (port >= 1 && port <= 65_535) return port;
  throw new FlagError(`${word}: expected a port from :1 to :65535`);
}

/**
 * Looks at one local port, in the host's network namespace and those that have a socket on it, or in the chosen ones. Throws `FlagError`
 * and `KernelError`.
 */
export async function explainLocalPort(
  port: number,
  { values, poll }: CommandCall,
): Promise<CommandOutcome> {
  const choice = namespaceChoice(values);
  const daemon = daemonChoice(values);
  const { answers: seen, problems, known } = answersAboutPort(port, choice, poll);
  if (seen.length === 0 && problems.length === 0) throw unknownNamespace(known, choice.text);
  const answers = await withDaemonPast(port, seen, daemon);
  const isTrouble = answers.some(({ status }) => status === 'taken' || status === 'bound');
  const status = isTrouble ? TROUBLE : problems.length > 0 ? UNKNOWN : CLEAR;
  if (values.has('json')) {
    const json = portsJson(answers, problems);
    return { text: printableJson(JSON.stringify(json, null, 2)), status };
  }
  const nowSeconds = Date.now() / 1000;
  const blocks = answers.map((answer) => portLines(answer, nowSeconds).join('\n'));
  const shown = [...blocks, problemLines(problems)].filter((block) => block !== '');
  return { text: printableLines(shown.join('\n\n')), status };
}

function problemLines(problems: readonly string[]): string {
  return problems.map((problem) => `? Not looked at: ${problem}`).join('\n');
}
