import { join } from 'node:path';
import type { Family } from '../kernel/address.ts';
import { type NetnsIdentity, ownNetns } from '../kernel/netns.ts';
import { readTimeWaitOverflows } from '../kernel/proc-net-netstat.ts';
import { readSocketCounts, type SocketCounts } from '../kernel/proc-net-sockstat.ts';
import { ProcSource } from '../kernel/proc-source.ts';
import type { SocketSource, TableReading } from '../kernel/socket-row.ts';
import { type PortSettings, readPortSettings } from '../kernel/sysctl.ts';
import type { PortMemory } from '../pools/port-memory.ts';
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
  readonly rows: number;
  /** Rows that were cut or unreadable. */
  readonly damagedRows: number;
}

/** Reads one namespace at each poll, and carries from poll to poll what the accounting must remember. */
export class NamespaceReader {
  readonly #procfs: string;
  readonly #source: SocketSource;
  #memory: PortMemory | undefined;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
    this.#source = new ProcSource(join(procfs, 'net'));
  }

  /** Throws `KernelFileError`; the next reading then goes on from the last good one. */
  read(nowMs: number): NamespaceReading {
    const settings = readPortSettings(join(this.#procfs, 'sys/net'));
    const tcp = new TcpCensus(settings, nowMs, this.#memory);
    const udp = new UdpCensus(settings);
    const tables = [
      this.#source.readTcp((row) => {
        tcp.visit(row);
      }),
      this.#source.readUdp((row) => {
        udp.visit(row);
      }),
    ];
    const net = join(this.#procfs, 'net');
    const sockets = readSocketCounts(net);
    const timeWaitOverflows = readTimeWaitOverflows(net);
    this.#memory = tcp.close();
    const identity = ownNetns(this.#procfs);
    return { identity, settings, tcp, udp, sockets, timeWaitOverflows, ...sumOf(tables) };
  }
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
