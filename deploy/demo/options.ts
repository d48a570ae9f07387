import { parseArgs } from 'node:util';

export interface Options {
  /** Connections a second that the client opens and never closes. */
  readonly leak: number;
  /** Connections a second that it opens and closes. */
  readonly churn: number;
  /** Leave everything running at the end. */
  readonly keep: boolean;
}

const FLAGS = {
  leak: { type: 'string', default: '4' },
  churn: { type: 'string', default: '3' },
  keep: { type: 'boolean', default: false },
} as const;

/** `help.txt` says what they mean. Throws where one is unknown or no number. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({ args: [...args], options: FLAGS });
  return {
    leak: rate('leak', values.leak, 1),
    churn: rate('churn', values.churn, 0),
    keep: values.keep,
  };
}

/** More in a second than the range has ports would tell nothing. */
const HIGHEST_RATE = 1000;

function rate(name: string, text: string, lowest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lowest && value <= HIGHEST_RATE) return value;
  throw new Error(`--${name}: expected ${lowest} to ${HIGHEST_RATE}, found "${text}"`);
}
