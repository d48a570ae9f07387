import { nameOfNamespace } from '../answers/words.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import { FlagError } from './flags/flag.ts';

/** Namespaces that the message names: a line or two. */
const MAX_NAMED = 8;

/** The error where `choice`, such as `--netns=7`, means none of the namespaces that are known. */
export function unknownNamespace(known: readonly NetnsIdentity[], choice: string): FlagError {
  const named = known.slice(0, MAX_NAMED).map(nameOfNamespace).join(', ');
  const more = known.length > MAX_NAMED ? ` and ${known.length - MAX_NAMED} more` : '';
  return new FlagError(`${choice}: no such network namespace is seen; there are: ${named}${more}`);
}
