import { parseArgs } from 'node:util';

/** The options of `npm run demo`. */
export interface Options {
  /** Connections a second that the client opens and never closes. */
  readonly leak: number;
  /** Connections a second that it opens and closes. */
  readonly churn: number;
  /** Whether the client binds a local address before it connects. */
  readonly bindFirst: boolean;
  /** Leave everything running at the end. */
  readonly keep: boolean;
}

const FLAGS = {
  leak: { type: 'string', default: '4' },
  churn: { type: 'string', default: '3' },
  'bind-first': { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
} as const;

/** Parses the command line; `help.txt` describes the options. Throws where one is unknown or out of its bounds. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({ args: [...args], options: FLAGS });
  return {
    leak: rate('leak', values.leak, 1),
    churn: rate('churn', values.churn, 0),
    bindFirst: values['bind-first'],
    keep: values.keep,
  };
}

/** As many as the range has ports: with more, all ports are taken within the first second. */
const HIGHEST_RATE = 1000;

function rate(name: string, text: string, lowest: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lowest && value <= HIGHEST_RATE) return value;
  throw new Error(`--${name}: expected ${lowest} to ${HIGHEST_RATE}, found "${text}"`);
}
