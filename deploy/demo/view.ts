import { duration, percent } from '../../src/answers/words.ts';
import type { PoolReading, Reading } from './reading.ts';

/** Texts for the state that is shown while the demo runs. */

/** The state in one line, where output is no terminal. */
export function line(clock: string, { pool }: Reading): string {
  if (pool === undefined) return `${clock}  the exporter has not seen the client yet`;
  return `${clock}  ${ports(pool)}; ${outlook(pool)}${firstPass(pool)}`;
}

/** The state in a few lines, for a terminal. */
export function block(clock: string, reading: Reading): readonly string[] {
  const { pool, exporter, prometheus, prometheusPending, alertmanager } = reading;
  const pending = prometheusPending.map((name) => `${name} (pending)`);
  return [
    pool === undefined ? clock : `${clock}  ${bar(pool)}  ${ports(pool)}`,
    ...(pool === undefined ? [] : [`      ${outlook(pool)}${firstPass(pool)}`]),
    `      exporter      ${list(exporter)}`,
    `      Prometheus    ${list([...prometheus, ...pending])}`,
    `      Alertmanager  ${list(alertmanager)}`,
  ];
}

/** Columns of a paragraph's text, so that it fits terminals of 100 columns with its label. */
const LINE_LENGTH = 80;

/** `text` after `label`, broken into lines, with a hanging indent as wide as the label. */
export function paragraph(label: string, text: string): string {
  const lines = text.match(new RegExp(`\\S.{0,${LINE_LENGTH - 1}}(?=\\s|$)`, 'g')) ?? [];
  return label + lines.join(`\n${' '.repeat(label.length)}`);
}

function ports({ held, available }: PoolReading): string {
  return `${held} ports held, ${available} available`;
}

function outlook({ secondsLeft }: PoolReading): string {
  if (secondsLeft === undefined) return 'no forecast yet';
  if (secondsLeft === 0) return 'no port left';
  return Number.isFinite(secondsLeft) ? `all gone in ${duration(secondsLeft)}` : 'no end in sight';
}

/** At 100% each connect() searches half of the range in vain before it tries the other half. Empty for other pools. */
function firstPass({ firstPassRatio }: PoolReading): string {
  if (firstPassRatio === undefined) return '';
  return `; first pass ${percent(firstPassRatio)} taken${firstPassRatio >= 1 ? ', connect() is slow' : ''}`;
}

/** Characters of the bar; with the clock and the numbers beside it a line stays within 80 columns. */
const WIDTH = 30;

function bar({ available, capacity }: PoolReading): string {
  const used = Math.floor((WIDTH * (capacity - available)) / Math.max(1, capacity));
  return '█'.repeat(used) + '░'.repeat(WIDTH - used);
}

function list(alerts: readonly string[]): string {
  return alerts.length === 0 ? 'quiet' : alerts.join(', ');
}
