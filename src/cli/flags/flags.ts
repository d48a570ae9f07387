import { parseDuration } from '../../config/duration.ts';
import { type FlagValues, readArguments, refuseWords } from './arguments.ts';
import { FlagError, type FlagRow } from './flag.ts';
import { CONFIG_FLAG, HELP_FLAG, INTERVAL_FLAG, PATH_FLAGS, SOURCE_FLAG } from './poll-flags.ts';
import { WEB_FLAGS, type WebFlags, webFlags } from './web-flags.ts';

/** The flags of the command line; undefined where a flag without a default was not given. */
export interface Flags extends WebFlags {
  readonly configFile: string | undefined;
  readonly configCheck: boolean;
  readonly procfs: string;
  readonly podLogs: string;
  readonly cgroupfs: string;
  readonly pollIntervalSeconds: number | undefined;
  readonly pollSource: 'proc' | 'netlink' | 'bpf' | 'auto' | undefined;
  readonly once: boolean;
  readonly onceFormat: 'metrics' | 'table' | undefined;
  readonly logLevel: string;
  readonly logFormat: 'json' | 'pretty' | undefined;
  readonly version: boolean;
  readonly help: boolean;
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;

/** Of the program without a command, in the order of `--help`. */
export const FLAGS: readonly FlagRow[] = [
  CONFIG_FLAG,
  { name: 'config.check', help: 'Check the configuration files, say what is wrong, exit 0 or 1.' },
  ...WEB_FLAGS,
  ...PATH_FLAGS,
  INTERVAL_FLAG,
  SOURCE_FLAG,
  { name: 'once', help: 'Poll once, print, exit: 0, or 1 if the poll failed. Never listens.' },
  {
    name: 'once.format',
    value: 'FORMAT',
    help: 'What --once prints: metrics or table. Default: table on a terminal, else metrics.',
    choices: ['metrics', 'table'],
  },
  {
    name: 'log.level',
    value: 'LEVEL',
    help: `${LOG_LEVELS.join(', ')}. Default: info.`,
    choices: LOG_LEVELS,
  },
  {
    name: 'log.format',
    value: 'FORMAT',
    help: 'json or pretty, on standard error. Default: pretty on a terminal, else json.',
    choices: ['json', 'pretty'],
  },
  { name: 'version', help: 'Print the version and exit.' },
  HELP_FLAG,
];

/** Reads the command line without a command. Throws `FlagError`, which names the flag and what was expected. */
export function parseFlags(args: readonly string[]): Flags {
  const { values, words } = readArguments(args, FLAGS);
  refuseWords(words);
  return flagsOf(values);
}

/** What the flags say that were given, and the defaults of all others. Throws `FlagError`. */
export function flagsOf(values: FlagValues): Flags {
  const text = (name: string): string | undefined => values.get(name)?.at(-1);
  const pollInterval = text('poll.interval');
  return {
    configFile: text('config.file'),
    configCheck: values.has('config.check'),
    ...webFlags(values),
    procfs: text('path.procfs') ?? '/proc',
    podLogs: text('path.pod-logs') ?? '/var/log/pods',
    cgroupfs: text('path.cgroupfs') ?? '/sys/fs/cgroup',
    pollIntervalSeconds: pollInterval === undefined ? undefined : interval(pollInterval),
    pollSource: text('poll.source') as Flags['pollSource'],
    once: values.has('once'),
    onceFormat: text('once.format') as Flags['onceFormat'],
    logLevel: text('log.level') ?? 'info',
    logFormat: text('log.format') as Flags['logFormat'],
    version: values.has('version'),
    help: values.has('help'),
  };
}

function interval(text: string): number {
  const seconds = parseDuration(text);
  if (seconds >= 1 && seconds <= 60) return seconds;
  throw new FlagError(`--poll.interval: expected a duration from 1s to 60s, found "${text}"`);
}
