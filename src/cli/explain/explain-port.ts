import { explainPort } from '../../answers/port/explain-port.ts';
import { portJson } from '../../answers/port/port-json.ts';
import { portLines } from '../../answers/port/port-words.ts';
import { printableJson, printableLines } from '../../answers/printable.ts';
import { HOST } from '../../kernel/netns/netns.ts';
import { ownersOfSockets } from '../../owners/socket-owner.ts';
import { type PortSearch, searchPort } from '../../scan/port-search.ts';
import type { CommandCall, CommandOutcome } from '../command.ts';
import { FlagError } from '../flag.ts';
import { namespaceChoice } from '../namespace-choice.ts';
import { unknownNamespace } from '../unknown-namespace.ts';

/** Grows with new fields; another number is another meaning of an old one. */
const SCHEMA = 1;

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
export function explainLocalPort(port: number, { values, poll }: CommandCall): CommandOutcome {
  const choice = namespaceChoice(values);
  const { procfs, namespaces, owners } = poll;
  const search = searchPort(port, procfs, namespaces, choice.includes);
  if (search.readings.length === 0 && search.problems.length === 0) {
    throw unknownNamespace(search.known, choice.text);
  }
  const answers = search.readings
    .filter(
      ({ identity, sockets }, index) =>
        !choice.isAll || index === 0 || identity.netns === HOST || sockets.length > 0,
    )
    .map((reading) => {
      const { cgroupfs, find } = owners;
      const { podLogs } = namespaces;
      const found =
        find === 'off' ? [] : ownersOfSockets(reading.sockets, { procfs, cgroupfs, podLogs });
      return explainPort(port, reading, found);
    });
  const isTrouble = answers.some(({ status }) => status === 'taken' || status === 'bound');
  const status = isTrouble ? TROUBLE : search.problems.length > 0 ? UNKNOWN : CLEAR;
  if (values.has('json')) {
    const json = { schema: SCHEMA, ports: answers.map(portJson), problems: search.problems };
    return { text: printableJson(JSON.stringify(json, null, 2)), status };
  }
  const nowSeconds = Date.now() / 1000;
  const blocks = answers.map((answer) => portLines(answer, nowSeconds).join('\n'));
  return {
    text: printableLines(
      [...blocks, problemLines(search)].filter((block) => block !== '').join('\n\n'),
    ),
    status,
  };
}

function problemLines({ problems }: PortSearch): string {
  return problems.map((problem) => `? Not looked at: ${problem}`).join('\n');
}
