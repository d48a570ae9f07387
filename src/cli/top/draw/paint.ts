import { styleText } from 'node:util';

/** What a text means; which color that is, is decided here alone. */
export type Tone =
  'plain' | 'dim' | 'strong' | 'good' | 'notice' | 'bad' | 'worst' | 'blocked' | 'chosen';

/** Gives a text the color of its meaning. Nothing that is said hangs on color alone. */
export type Paint = (tone: Tone, text: string) => string;

const FORMATS = {
  plain: 'reset',
  dim: 'gray',
  strong: 'bold',
  good: 'green',
  notice: 'cyan',
  bad: 'yellow',
  worst: 'red',
  blocked: 'magenta',
  chosen: 'inverse',
} as const;

export const IN_COLOR: Paint = (tone, text) =>
  tone === 'plain' || text === ''
    ? text
    : styleText(FORMATS[tone], text, { validateStream: false });

/** A selected row is still told by its mark. */
export const WITHOUT_COLOR: Paint = (_tone, text) => text;

/** By https://no-color.org: set, and not empty. */
export function paintFor({ NO_COLOR = '' }: NodeJS.ProcessEnv): Paint {
  return NO_COLOR === '' ? IN_COLOR : WITHOUT_COLOR;
}

/** Of an alert's risk level. */
export function toneOfRisk(level: number): Tone {
  return (['plain', 'notice', 'bad', 'worst'] as const)[level] ?? 'worst';
}
