import { parseArgs } from 'node:util';
import { parseDuration } from '../config/duration.ts';
import { didYouMean } from '../config/nearest.ts';
import { FlagError, type FlagRow } from './flag.ts';
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

const FLAGS: readonly FlagRow[] = [
  {
    name: 'config.file',
    value: 'FILE',
    help: 'Configuration in YAML. Default: none, built-in values.',
  },
  { name: 'config.check', help: 'Check the configuration files, say what is wrong, exit 0 or 1.' },
  ...WEB_FLAGS,
  { name: 'path.procfs', value: 'DIR', help: 'Where procfs is mounted. Default: /proc.' },
  {
    name: 'path.tracefs',
    value: 'DIR',
    help: 'Where tracefs is mounted. Accepted; this version does not read it.',
  },
  {
    name: 'path.pod-logs',
    value: 'DIR',
    help: "The kubelet's log folder, which names pods. Default: /var/log/pods.",
  },
  {
    name: 'path.cgroupfs',
    value: 'DIR',
    help: "Where the host's cgroup tree is mounted, which tells owners. Default: /sys/fs/cgroup.",
  },
  { name: 'poll.interval', value: 'DURATION', help: 'Time between polls, 1s to 60s. Default: 5s.' },
  {
    name: 'poll.source',
    value: 'SOURCE',
    help: 'Where sockets are read: bpf, netlink, proc, or auto (the first of them that works). Default: auto.',
    choices: ['auto', 'bpf', 'netlink', 'proc'],
  },
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
  { name: 'help', help: 'Print this help and exit.' },
];

/** The text of `--help`. */
export function helpText(): string {
  const rows = FLAGS.map(({ name, value, help }) => {
    const flag = `--${name}${value === undefined ? '' : `=${value}`}`;
    return `  ${flag.padEnd(31)} ${help}`;
  });
  return [
    'ephemeral-port-exporter: who uses up source ports, towards which endpoint, how many are left.',
    '',
    'Usage: ephemeral-port-exporter [flags]',
    '',
    'First thing on a sick host: ephemeral-port-exporter --once --once.format=table',
    '',
    'Flags (a flag wins over the configuration file):',
    ...rows,
  ].join('\n');
}

/** Reads the command line. Throws `FlagError`, which names the flag and what was expected. */
export function parseFlags(args: readonly string[]): Flags {
  const values = readValues(args);
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

/** The values of each flag that was given; a switch has an empty one. */
function readValues(args: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const options = Object.fromEntries(
    FLAGS.map((flag) => [flag.name, { type: flag.value === undefined ? 'boolean' : 'string' }]),
  ) as Record<string, { type: 'boolean' | 'string' }>;
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind === 'option-terminator') continue;
    if (token.kind === 'positional') throw new FlagError(`unexpected argument "${token.value}"`);
    const flag = knownFlag(token.rawName, token.name);
    const value = checkedValue(flag, token.value);
    values.set(flag.name, flag.multiple ? [...(values.get(flag.name) ?? []), value] : [value]);
  }
  return values;
}

function knownFlag(rawName: string, name: string): FlagRow {
  const flag = FLAGS.find((each) => `--${each.name}` === rawName);
  if (flag) return flag;
  const hint = didYouMean(
    name,
    FLAGS.map((each) => each.name),
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

function interval(text: string): number {
  const seconds = parseDuration(text);
  if (seconds >= 1 && seconds <= 60) return seconds;
  throw new FlagError(`--poll.interval: expected a duration from 1s to 60s, found "${text}"`);
}
