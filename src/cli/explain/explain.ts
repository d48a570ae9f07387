import { EXPECTED_ENDPOINT, parseEndpoint } from '../../answers/explanation/endpoint-question.ts';
import { refuseWords } from '../flags/arguments.ts';
import type { CommandCall, CommandOutcome } from '../command.ts';
import { FlagError } from '../flags/flag.ts';
import { explainRemote } from './explain-endpoint.ts';
import { explainLocalPort, portOf } from './explain-port.ts';

/** A change of settings, as it may stand behind `--what-if`: `range=10240-60999 tw_reuse=1`. */
const CHANGE = /^[a-z_]+=/;

/** Explains what the word names. Throws `FlagError` and `KernelError`. */
export async function explain(call: CommandCall): Promise<CommandOutcome> {
  const changes = [...(call.values.get('what-if') ?? []), ...call.words.filter(isChange)];
  const words = call.words.filter((word) => !isChange(word));
  refuseWords(words, 1);
  const [word] = words;
  if (word === undefined) throw new FlagError(`explain: ${EXPECTED}`);
  const port = portOf(word);
  if (port !== undefined) return explainLocalPort(port, call);
  const question = parseEndpoint(word);
  if (question === undefined) throw new FlagError(`explain: ${EXPECTED}, found "${word}"`);
  return explainRemote(question, changes, call);
}

const EXPECTED = `${EXPECTED_ENDPOINT}, or a local port such as :46580`;

function isChange(word: string): boolean {
  return CHANGE.test(word);
}
