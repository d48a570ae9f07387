import type { Family } from '../kernel/address.ts';
import { readTimeWaitOverflows } from '../kernel/proc/net-netstat.ts';
import { readSocketCounts, type SocketCounts } from '../kernel/proc/net-sockstat.ts';
import {
  type SocketRow,
  type SocketSource,
  type SourceName,
  sumReadings,
  type TableReading,
} from '../kernel/socket-row.ts';
import { ASSUMED_SETTINGS, type PortSettings, readPortSettings } from '../kernel/proc/sysctl.ts';
import type { Namespace } from '../namespaces/namespace.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';
import type { SctpCensus } from '../pools/census/sctp-census.ts';
import type { TcpCensus } from '../pools/census/tcp-census.ts';
import { UdpCensus } from '../pools/census/udp-census.ts';
import { readSctpCensus } from '../pools/census/sctp-reader.ts';
import { TcpReader } from '../pools/census/tcp-reader.ts';

/** Everything the kernel said about one namespace in one poll, counted. */
export interface NamespaceReading {
  readonly namespace: Namespace;
  readonly settings: PortSettings;
  readonly families: readonly Family[];
  /** Closed: ready to be turned into pools. */
  readonly tcp: TcpCensus;
  readonly udp: UdpCensus;
  /** Undefined where the kernel has no SCTP. */
  readonly sctp: SctpCensus | undefined;
  readonly sockets: SocketCounts;
  readonly timeWaitOverflows: number | undefined;
  readonly source: SourceName;
  readonly rows: number;
  /** Rows that were cut or unreadable. */
  readonly malformedRows: number;
  readonly durationMs: number;
}

/** Reads one namespace at each poll, and carries from poll to poll what the accounting must remember. */
export class NamespaceReader {
  readonly #namespace: Namespace;
  #tcp = new TcpReader();
  #source: SourceName | undefined;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** Throws `KernelError`; the next reading then goes on from the last good one. */
  read({ net, sysctl }: NetnsView, source: SocketSource, nowMs: number): NamespaceReading {
    const startMs = performance.now();
    const reader = this.#readerFor(source);
    const settings = sysctl === undefined ? ASSUMED_SETTINGS : readPortSettings(sysctl);
    const tcp = reader.read(source, settings, nowMs);
    const udp = readUdp(source, settings);
    const sctp = readSctpCensus(net, settings);
    const sockets = readSocketCounts(net);
    const timeWaitOverflows = readTimeWaitOverflows(net);
    reader.close(tcp);
    const { rows, malformedRows, ipv6 } = sumReadings([tcp.table, udp.table]);
    return {
      namespace: this.#namespace,
      settings,
      tcp: tcp.census,
      udp: udp.census,
      sctp: sctp?.census,
      sockets,
      timeWaitOverflows,
      source: source.name,
      families: ipv6 ? ['ipv4', 'ipv6'] : ['ipv4'],
      rows: rows + (sctp?.table.rows ?? 0),
      malformedRows: malformedRows + (sctp?.table.malformedRows ?? 0),
      durationMs: performance.now() - startMs,
    };
  }

  /** Two sources name rows by different things: what one remembered means nothing to the other. */
  #readerFor({ name }: SocketSource): TcpReader {
    if (this.#source !== name) this.#tcp = new TcpReader();
    this.#source = name;
    return this.#tcp;
  }
}

function readUdp(
  source: SocketSource,
  settings: PortSettings,
): { census: UdpCensus; table: TableReading } {
  const census = new UdpCensus(settings);
  const explicit = (row: SocketRow): void => {
    census.visitExplicit(row);
  };
  const visit = (row: SocketRow): void => {
    census.visit(row);
  };
  source.readExplicit?.('udp', explicit, settings.range);
  return { census, table: source.readUdp(visit, settings.range) };
}
