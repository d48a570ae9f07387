import { parseArgs } from 'node:util';
import { didYouMean } from '../../config/nearest.ts';
import { FlagError, type FlagRow } from './flag.ts';

/** The values of each flag that was given; a switch has an empty one. */
export type FlagValues = ReadonlyMap<string, readonly string[]>;

/** What a command line says. */
export interface Arguments {
  readonly values: FlagValues;
  /** The words that are neither flags nor their values. */
  readonly words: readonly string[];
}

/** Reads a command line on which `flags` may stand. Throws `FlagError`, which names the flag and what was expected. */
export function readArguments(args: readonly string[], flags: readonly FlagRow[]): Arguments {
  const options = Object.fromEntries(
    flags.map((flag) => [flag.name, { type: flag.value === undefined ? 'boolean' : 'string' }]),
  ) as Record<string, { type: 'boolean' | 'string' }>;
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') {
      words.push(token.value);
      continue;
    }
    const flag = knownFlag(token.rawName, token.name, flags);
    const value = checkedValue(flag, token.value);
    values.set(flag.name, flag.multiple ? [...(values.get(flag.name) ?? []), value] : [value]);
  }
  return { values, words };
}

/** Throws `FlagError` where there are more than `most` words. */
export function refuseWords(words: readonly string[], most = 0): void {
  const [unexpected] = words.slice(most);
  if (unexpected !== undefined) throw new FlagError(`unexpected argument "${unexpected}"`);
}

/** The value of a flag that has one; the last wins. */
export function valueOf(values: FlagValues, name: string): string | undefined {
  return values.get(name)?.at(-1);
}

function knownFlag(rawName: string, name: string, flags: readonly FlagRow[]): FlagRow {
  const flag = flags.find((each) => `--${each.name}` === rawName);
  if (flag) return flag;
  const hint = didYouMean(
    name,
    flags.map((each) => each.name),
  );
  throw new FlagError(`unknown flag "${rawName}"${hint.replace('"', '"--')}`);
}

function checkedValue(flag: FlagRow, value: string | undefined): string {
  if (flag.value === undefined) {
    if (value === undefined) return '';
    throw new FlagError(`--${flag.name}: takes no value, found "${value}"`);
  }
  if (value === undefined || value === '' || value.startsWith('--')) {
    throw new FlagError(`--${flag.name}: expected a value, as in --${flag.name}=${flag.value}`);
  }
  if (flag.choices && !flag.choices.includes(value)) {
    throw new FlagError(`--${flag.name}: expected ${flag.choices.join(', ')}, found "${value}"`);
  }
  return value;
}
