import { didYouMean } from '../config/nearest.ts';
import { CHECK } from './check/check-command.ts';
import type { Command } from './command.ts';
import { EXPLAIN } from './explain/explain-command.ts';
import { FlagError } from './flags/flag.ts';
import { REPORT } from './report/report-command.ts';
import { TOP } from './top/top-command.ts';

/** The commands beside the daemon, in the order of `--help`. */
export const COMMANDS: readonly Command[] = [EXPLAIN, CHECK, REPORT, TOP];

/** The name of the command on a command line: its first word, where that is no flag. */
export function commandName([first]: readonly string[]): string | undefined {
  return first === undefined || first.startsWith('-') ? undefined : first;
}

/** Throws `FlagError` where there is no such command. */
export function findCommand(name: string): Command {
  const found = COMMANDS.find((each) => each.name === name);
  if (found !== undefined) return found;
  const known = COMMANDS.map((each) => each.name);
  throw new FlagError(`unknown command "${name}"${didYouMean(name, known)}`);
}
