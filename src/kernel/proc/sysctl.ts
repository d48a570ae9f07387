import { join } from 'node:path';
import { KernelFileError, readKernelFile } from './kernel-file.ts';

/** Port numbers from `low` to `high`, both included. */
export interface PortRange {
  readonly low: number;
  readonly high: number;
}

/** What a namespace's sysctls say about ports; read anew at each poll. */
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
  /** `net.ipv6.bindv6only`: wildcard IPv6 sockets do not take the IPv4 port. */
  readonly bindV6Only: boolean;
}

/** `inet_init_net` in net/ipv4/af_inet.c. */
const DEFAULT_RANGE: PortRange = { low: 32_768, high: 60_999 };
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

/** Reads the settings under a procfs `sys/net` directory. Throws `KernelFileError`. */
export function readPortSettings(directory: string): PortSettings {
  const ipv4 = join(directory, 'ipv4');
  const range = readRange(join(ipv4, 'ip_local_port_range'));
  return {
    range: range ?? DEFAULT_RANGE,
    rangeAssumed: range === undefined,
    reserved: readReserved(join(ipv4, 'ip_local_reserved_ports')),
    timeWaitReuse: readNumber(join(ipv4, 'tcp_tw_reuse')) ?? 0,
    timeWaitReuseDelayMs: readNumber(join(ipv4, 'tcp_tw_reuse_delay')) ?? DEFAULT_REUSE_DELAY_MS,
    timestamps: readNumber(join(ipv4, 'tcp_timestamps')) !== 0,
    bindV6Only: readNumber(join(directory, 'ipv6', 'bindv6only')) === 1,
  };
}

/** What the kernel writes of range and reserved ports: another text, other ports. Throws `KernelFileError`. */
export function readPortTexts(directory: string): string {
  const read = (name: string): string => readKernelFile(join(directory, 'ipv4', name)) ?? '';
  return read('ip_local_port_range') + read('ip_local_reserved_ports');
}

function readRange(path: string): PortRange | undefined {
  const text = readUnlessDenied(path);
  if (text === undefined) return undefined;
  const match = /^(\d+)\s+(\d+)\s*$/.exec(text);
  return portRange(path, text, match?.[1], match?.[2]);
}

function readReserved(path: string): readonly PortRange[] {
  const text = readKernelFile(path)?.trim() ?? '';
  if (text === '') return [];
  return text.split(',').map((item) => {
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

function readNumber(path: string): number | undefined {
  const text = readKernelFile(path);
  if (text === undefined) return undefined;
  if (!/^\d+\s*$/.test(text)) {
    throw new KernelFileError(path, `expected a whole number, found ${quote(text)}`);
  }
  return Number(text);
}

/** A range that must not be read is assumed, and said to be. */
function readUnlessDenied(path: string): string | undefined {
  try {
    return readKernelFile(path);
  } catch (error) {
    const denied = error instanceof KernelFileError && error.errno === 'EACCES';
    if (denied) return undefined;
    throw error;
  }
}

/** What was found, short and without control characters. */
function quote(text: string): string {
  return JSON.stringify(text.trim().slice(0, 60));
}
