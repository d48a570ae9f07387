import { join } from 'node:path';
import type { Family } from '../kernel/address.ts';
import { type NetnsIdentity, ownNetns } from '../kernel/netns.ts';
import { readTimeWaitOverflows } from '../kernel/proc-net-netstat.ts';
import { readSocketCounts, type SocketCounts } from '../kernel/proc-net-sockstat.ts';
import type { SocketSource, SourceName, TableReading } from '../kernel/socket-row.ts';
import { type PortSettings, readPortSettings } from '../kernel/sysctl.ts';
import { Endpoints } from '../pools/endpoints.ts';
import { NO_INQUIRY, SocketInquiry } from '../pools/inquiry.ts';
import { PortMemory } from '../pools/port-memory.ts';
import { TcpCensus } from '../pools/tcp-census.ts';
import { UdpCensus } from '../pools/udp.ts';

/** Everything the kernel said about one namespace in one poll, counted. */
export interface NamespaceReading {
  readonly identity: NetnsIdentity;
  readonly settings: PortSettings;
  readonly families: readonly Family[];
  /** Closed: ready to be turned into pools. */
  readonly tcp: TcpCensus;
  readonly udp: UdpCensus;
  readonly sockets: SocketCounts;
  readonly timeWaitOverflows: number | undefined;
  readonly source: SourceName;
  readonly rows: number;
  /** Rows that were cut or unreadable. */
  readonly damagedRows: number;
}

interface Counted<Census> {
  readonly census: Census;
  readonly table: TableReading;
}

/** Reads one namespace at each poll, and carries from poll to poll what the accounting must remember. */
export class NamespaceReader {
  readonly #procfs: string;
  #endpoints = new Endpoints();
  #memory: PortMemory | undefined;
  #source: SourceName | undefined;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
  }

  /** Throws `KernelError`; the next reading then goes on from the last good one. */
  read(source: SocketSource, nowMs: number): NamespaceReading {
    if (this.#source !== source.name) this.#forget();
    const settings = readPortSettings(join(this.#procfs, 'sys/net'));
    const tcp = this.#countTcp(source, settings, nowMs);
    const udp = countUdp(source, settings);
    const net = join(this.#procfs, 'net');
    const sockets = readSocketCounts(net);
    const timeWaitOverflows = readTimeWaitOverflows(net);
    const identity = ownNetns(this.#procfs);
    this.#memory = tcp.census.close();
    this.#source = source.name;
    return {
      identity,
      settings,
      tcp: tcp.census,
      udp: udp.census,
      sockets,
      timeWaitOverflows,
      source: source.name,
      ...sumOf([tcp.table, udp.table]),
    };
  }

  /** Two sources name rows by different things: what one remembered means nothing to the other. */
  #forget(): void {
    this.#endpoints = new Endpoints();
    this.#memory = undefined;
  }

  /**
   * Counts once more where a row told that others, counted before it, are inbound: the accepted sockets
   * of a listener that this process never saw.
   */
  #countTcp(source: SocketSource, settings: PortSettings, nowMs: number): Counted<TcpCensus> {
    const first = this.#passTcp(source, settings, nowMs, this.#memory);
    if (first.census.surprises.size === 0) return first;
    const before = this.#memory ?? PortMemory.presuming(first.census.surprises);
    before.presumeListening(first.census.surprises);
    return this.#passTcp(source, settings, nowMs, before);
  }

  #passTcp(
    source: SocketSource,
    settings: PortSettings,
    nowMs: number,
    before: PortMemory | undefined,
  ): Counted<TcpCensus> {
    const census = new TcpCensus(settings, {
      nowMs,
      before,
      endpoints: this.#endpoints,
      inquiry: source.inspector ? new SocketInquiry(source.inspector) : NO_INQUIRY,
    });
    const { range } = settings;
    source.readExplicit?.(
      'tcp',
      (row) => {
        census.visitExplicit(row);
      },
      range,
    );
    const table = source.readTcp((row) => {
      census.visit(row);
    }, range);
    return { census, table };
  }
}

function countUdp(source: SocketSource, settings: PortSettings): Counted<UdpCensus> {
  const census = new UdpCensus(settings);
  const { range } = settings;
  source.readExplicit?.(
    'udp',
    (row) => {
      census.visitExplicit(row);
    },
    range,
  );
  const table = source.readUdp((row) => {
    census.visit(row);
  }, range);
  return { census, table };
}

function sumOf(
  tables: readonly TableReading[],
): Pick<NamespaceReading, 'families' | 'rows' | 'damagedRows'> {
  return {
    families: tables.some((table) => table.ipv6) ? ['ipv4', 'ipv6'] : ['ipv4'],
    rows: tables.reduce((sum, table) => sum + table.rows, 0),
    damagedRows: tables.reduce((sum, table) => sum + table.damagedRows, 0),
  };
}
