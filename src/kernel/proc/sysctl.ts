import { KernelFileError, readKernelFile } from './kernel-file.ts';
import { wholeNumber } from '../whole-number.ts';

/** Port numbers from `low` to `high`, both included. */
export interface PortRange {
  readonly low: number;
  readonly high: number;
}

/** What the sysctls of a namespace say about ports. */
export interface PortSettings {
  /** `ip_local_port_range`. */
  readonly range: PortRange;
  /** Whether the range could not be read and is the kernel's default instead. */
  readonly rangeAssumed: boolean;
  /** `ip_local_reserved_ports`, inside the range or not. */
  readonly reserved: readonly PortRange[];
  /** `tcp_tw_reuse`: 0 never, 1 always, 2 on loopback only. */
  readonly timeWaitReuse: number;
  /** `tcp_tw_reuse_delay` in milliseconds; 1000 before Linux 6.14, which has no such file. */
  readonly timeWaitReuseDelayMs: number;
  /** `tcp_timestamps` is not 0: without timestamps no TIME_WAIT is reused. */
  readonly timestamps: boolean;
  /** `net.ipv6.bindv6only`: a socket that listens on `::` does not take the IPv4 port. */
  readonly bindV6Only: boolean;
  /** Absent where all could be read. */
  readonly unread?: UnreadSettings;
}

/** Settings that could not be read or make no sense. They have the value of the last reading, else the kernel's default. */
export interface UnreadSettings {
  readonly keys: ReadonlySet<SettingKey>;
  /** Why the first of them could not. */
  readonly problem: string;
}

/** A setting without which the others are still worth something. */
export type SettingKey = Exclude<keyof PortSettings, 'range' | 'rangeAssumed' | 'unread'>;

/** `inet_init_net` in net/ipv4/af_inet.c. */
const DEFAULT_RANGE: PortRange = { low: 32_768, high: 60_999 };
/** `tcp_twsk_unique` in net/ipv4/tcp_ipv4.c, before the delay could be set. */
const DEFAULT_REUSE_DELAY_MS = 1000;

/** What a new namespace starts with, for one whose settings cannot be read. */
export const ASSUMED_SETTINGS: PortSettings = {
  range: DEFAULT_RANGE,
  rangeAssumed: true,
  reserved: [],
  timeWaitReuse: 2,
  timeWaitReuseDelayMs: DEFAULT_REUSE_DELAY_MS,
  timestamps: true,
  bindV6Only: false,
};

/** The files, in a procfs `sys/net` directory. */
const FILES = {
  range: 'ipv4/ip_local_port_range',
  reserved: 'ipv4/ip_local_reserved_ports',
  timeWaitReuse: 'ipv4/tcp_tw_reuse',
  timeWaitReuseDelayMs: 'ipv4/tcp_tw_reuse_delay',
  timestamps: 'ipv4/tcp_timestamps',
  bindV6Only: 'ipv6/bindv6only',
} as const;

type FileKey = keyof typeof FILES;
const FILE_KEYS = Object.keys(FILES) as readonly FileKey[];

/**
 * What the files hold; undefined for one that this kernel does not have, or a range that must not be read; an error
 * for another that cannot be read.
 */
type SettingTexts = Readonly<Record<FileKey, string | KernelFileError | undefined>> & {
  readonly range: string | undefined;
};

/**
 * The settings in `directory`, a procfs `sys/net` directory. A range that must not be read is the kernel's
 * default. Throws `KernelFileError` where the range cannot be read or makes no sense.
 */
export function readPortSettings(directory: string): PortSettings {
  return parseSettings(directory, readTexts(directory), ASSUMED_SETTINGS);
}

/** Reads the settings of one namespace again and again, and interprets them only when they have changed. */
export class PortSettingsReader {
  #last: { readonly texts: SettingTexts; readonly settings: PortSettings } | undefined;

  /** As `readPortSettings`, but the same object as the last time while nothing has changed. */
  read(directory: string): PortSettings {
    const texts = readTexts(directory);
    const last = this.#last;
    if (last !== undefined && FILE_KEYS.every((key) => texts[key] === last.texts[key])) {
      return last.settings;
    }
    const settings = parseSettings(directory, texts, last?.settings ?? ASSUMED_SETTINGS);
    this.#last = { texts, settings };
    return settings;
  }
}

/**
 * The texts of range and reserved ports, one behind the other: while they are equal the ports are the same.
 * `directory` is a procfs `sys/net` directory. Throws `KernelFileError`.
 */
export function readPortTexts(directory: string): string {
  const read = (key: FileKey): string => readKernelFile(pathOf(directory, key)) ?? '';
  return read('range') + read('reserved');
}

function readTexts(directory: string): SettingTexts {
  const read = (key: FileKey): string | KernelFileError | undefined =>
    orError(() => readKernelFile(pathOf(directory, key)));
  return {
    range: readUnlessDenied(pathOf(directory, 'range')),
    reserved: read('reserved'),
    timeWaitReuse: read('timeWaitReuse'),
    timeWaitReuseDelayMs: read('timeWaitReuseDelayMs'),
    timestamps: read('timestamps'),
    bindV6Only: read('bindV6Only'),
  };
}

function pathOf(directory: string, key: FileKey): string {
  return `${directory}/${FILES[key]}`;
}

function readUnlessDenied(path: string): string | undefined {
  try {
    return readKernelFile(path);
  } catch (error) {
    const denied = error instanceof KernelFileError && error.errno === 'EACCES';
    if (denied) return undefined;
    throw error;
  }
}

/** What `read` returns, or the `KernelFileError` that it throws. */
function orError<T>(read: () => T): T | KernelFileError {
  try {
    return read();
  } catch (error) {
    if (error instanceof KernelFileError) return error;
    throw error;
  }
}

function parseSettings(
  directory: string,
  texts: SettingTexts,
  otherwise: PortSettings,
): PortSettings {
  const range = parseRange(pathOf(directory, 'range'), texts.range);
  const unread = new Map<SettingKey, string>();
  const parse = <K extends SettingKey>(
    key: K,
    valueOf: (path: string, text: string | undefined) => PortSettings[K],
  ): PortSettings[K] => {
    const text = texts[key];
    const value =
      text instanceof KernelFileError ? text : orError(() => valueOf(pathOf(directory, key), text));
    if (!(value instanceof KernelFileError)) return value;
    unread.set(key, value.message);
    return otherwise[key];
  };
  const settings = {
    range: range ?? DEFAULT_RANGE,
    rangeAssumed: range === undefined,
    reserved: parse('reserved', parseReserved),
    timeWaitReuse: parse('timeWaitReuse', (path, text) => parseNumber(path, text) ?? 0),
    timeWaitReuseDelayMs: parse(
      'timeWaitReuseDelayMs',
      (path, text) => parseNumber(path, text) ?? DEFAULT_REUSE_DELAY_MS,
    ),
    timestamps: parse('timestamps', (path, text) => parseNumber(path, text) !== 0),
    bindV6Only: parse('bindV6Only', (path, text) => parseNumber(path, text) === 1),
  };
  const [problem] = unread.values();
  return problem === undefined
    ? settings
    : { ...settings, unread: { keys: new Set(unread.keys()), problem } };
}

function parseRange(path: string, text: string | undefined): PortRange | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+)\s+(\d+)\s*$/.exec(text);
  return portRange(path, text, match?.[1], match?.[2]);
}

function parseReserved(path: string, text = ''): readonly PortRange[] {
  const list = text.trim();
  if (list === '') return [];
  return list.split(',').map((item) => {
    const match = /^(\d+)(?:-(\d+))?$/.exec(item);
    return portRange(path, item, match?.[1], match?.[2] ?? match?.[1]);
  });
}

function portRange(path: string, text: string, low?: string, high?: string): PortRange {
  const range = { low: Number(low), high: Number(high) };
  if (!(range.low >= 0 && range.low <= range.high && range.high <= 65_535)) {
    throw new KernelFileError(
      path,
      `expected ports from 0 to 65535, low before high, found ${quote(text)}`,
    );
  }
  return range;
}

function parseNumber(path: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = wholeNumber(text.trimEnd());
  if (number !== undefined) return number;
  throw new KernelFileError(path, `expected a whole number, found ${quote(text)}`);
}

/** What was found, short and without control characters. */
function quote(text: string): string {
  return JSON.stringify(text.trim().slice(0, 60));
}
