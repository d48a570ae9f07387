import { parseAddress } from '../../src/kernel/address.ts';
import { PortBudget } from '../../src/pools/port-budget.ts';
import type { PortSettings } from '../../src/kernel/proc/sysctl.ts';
import {
  LOCAL,
  REMOTE,
  SocketRow,
  type SocketSource,
  TCP_ESTABLISHED,
  TCP_TIME_WAIT,
} from '../../src/kernel/socket-row.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { TCP_CENSUS, type TcpReading } from '../../src/pools/census/tcp-reader.ts';

/** A connection of this host, open, or closed `closedAgoMs` ago. */
export interface MadeUpSocket {
  readonly port: number;
  readonly remotePort?: number;
  readonly local?: string;
  readonly uid?: number;
  readonly inode?: number;
  readonly closedAgoMs?: number;
}

const SETTINGS: PortSettings = {
  range: { low: 40_000, high: 40_099 },
  rangeAssumed: false,
  reserved: [],
  timeWaitReuse: 0,
  timeWaitReuseDelayMs: 1000,
  timestamps: true,
  bindV6Only: false,
};

const PORTS = Array.from({ length: 100 }, (_, index) => SETTINGS.range.low + index);
const budget = new PortBudget(SETTINGS);

/** Ports that `connect()` takes first, and those that it takes when none of the first is left. */
export const FIRST_PASS = PORTS.filter((port) => budget.inFirstPass(port));
export const SECOND_PASS = PORTS.filter((port) => !budget.inFirstPass(port));

/**
 * Polls of a namespace whose range has 100 ports and whose sockets a test makes up, as /proc shows them. All lead to one
 * destination, from one local address and of one user, if nothing else is said.
 */
export class MadeUpPolls {
  readonly #reader = TCP_CENSUS.open(1);
  readonly #settings: PortSettings;
  #nowMs = 0;

  constructor(settings: Partial<PortSettings> = {}) {
    this.#settings = { ...SETTINGS, ...settings };
  }

  /** The ports that are said to be bound, and those that may be, at a poll a second after the last one. */
  poll(sockets: readonly MadeUpSocket[]): { bound: number[]; undecided: number[] } {
    const { boundPorts, undecidedPorts } = this.#read(sockets).census;
    return {
      bound: PORTS.filter((port) => boundPorts.has(port)),
      undecided: PORTS.filter((port) => undecidedPorts.has(port)),
    };
  }

  /** All pools at a poll a second after the last one. */
  pools(sockets: readonly MadeUpSocket[]): PoolUsage[] {
    return this.#read(sockets).views.flatMap((view) =>
      Array.from({ length: view.size }, (_, index) => view.usageAt(index)),
    );
  }

  #read(sockets: readonly MadeUpSocket[]): TcpReading {
    this.#nowMs += 1000;
    const reading = this.#reader.read({
      net: '',
      source: sourceOf(sockets),
      settings: this.#settings,
      budget: new PortBudget(this.#settings),
      nowMs: this.#nowMs,
    });
    reading.finish();
    return reading;
  }
}

function sourceOf(sockets: readonly MadeUpSocket[]): SocketSource {
  return {
    name: 'proc',
    showsAllRows: true,
    readTcp: (visit) => {
      for (const socket of sockets) visit(rowOf(socket));
      return { rows: sockets.length, malformedRows: 0, ipv6: false };
    },
    readUdp: () => ({ rows: 0, malformedRows: 0, ipv6: false }),
  };
}

function rowOf({
  port,
  remotePort = 80,
  local = '127.0.0.1',
  uid = 1000,
  inode = 0,
  closedAgoMs,
}: MadeUpSocket): SocketRow {
  const row = new SocketRow({ uid, inode: closedAgoMs === undefined ? inode : 0 });
  row.addresses.set(parseAddress(local), LOCAL);
  row.addresses.set(parseAddress('127.0.0.1'), REMOTE);
  const isClosed = closedAgoMs !== undefined;
  return Object.assign(row, {
    localPort: port,
    remotePort,
    state: isClosed ? TCP_TIME_WAIT : TCP_ESTABLISHED,
    remainingMs: isClosed ? 60_000 - closedAgoMs : 0,
  });
}
