import { refuseWords } from '../arguments.ts';
import type { CommandCall, CommandOutcome } from '../command.ts';
import { FlagError } from '../flag.ts';
import { explainLocalPort, portOf } from './explain-port.ts';

/** Explains what the word names. Throws `FlagError` and `KernelError`. */
export function explain(call: CommandCall): CommandOutcome {
  refuseWords(call.words, 1);
  const [word] = call.words;
  if (word === undefined) throw new FlagError('explain: expected a local port such as :46580');
  const port = portOf(word);
  if (port !== undefined) return explainLocalPort(port, call);
  throw new FlagError(`explain: expected a local port such as :46580, found "${word}"`);
}
