import type { Command } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import type { FlagRow } from './flag.ts';
import { FLAGS } from './flags.ts';

const PROGRAM = 'ephemeral-port-exporter';
/** Columns of what stands before an explanation. */
const WIDTH = 31;

/** The text of `--help`. */
export function helpText(): string {
  return [
    `${PROGRAM}: who uses up source ports, towards which endpoint, how many are left.`,
    '',
    `Usage: ${PROGRAM} [flags]`,
    `       ${PROGRAM} COMMAND [flags]`,
    '',
    `First thing on a sick host: ${PROGRAM} --once --once.format=table`,
    '',
    'Commands (all but top poll once and end; COMMAND --help lists the flags of one):',
    ...COMMANDS.map(({ name, argument, summary }) => line(`${name} ${argument}`.trim(), summary)),
    '',
    'Flags (a flag wins over the configuration file):',
    ...FLAGS.map(flagLine),
  ].join('\n');
}

/** The text of `COMMAND --help`. */
export function commandHelp({ name, argument, summary, exitStatuses, flags }: Command): string {
  return [
    `${PROGRAM} ${name}: ${summary}`,
    '',
    `Usage: ${[PROGRAM, name, argument, '[flags]'].filter((word) => word !== '').join(' ')}`,
    '',
    'Exit status:',
    ...exitStatuses.map(([status, meaning]) => `  ${status}  ${meaning}`),
    '',
    'Flags (a flag wins over the configuration file):',
    ...flags.map(flagLine),
  ].join('\n');
}

function flagLine({ name, value, help }: FlagRow): string {
  return line(`--${name}${value === undefined ? '' : `=${value}`}`, help);
}

function line(subject: string, explanation: string): string {
  return `  ${subject.padEnd(WIDTH - 1)}  ${explanation}`;
}
