import type { SockDiagSource } from '../netlink/sock-diag-source.ts';
import type { PortRange } from '../proc/sysctl.ts';
import type { RowVisitor, SocketSource, TableReading } from '../socket-row.ts';
import type { TcpRows } from './tcp-rows.ts';

/**
 * The sockets of the namespace that this thread is in: TCP by a BPF program, which shows who owns each port; UDP, and sockets
 * that are bound and idle, by netlink.
 */
export class BpfSource implements SocketSource {
  readonly name = 'bpf';
  readonly showsAllRows = false;
  readonly #tcp: TcpRows;
  readonly #netlink: SockDiagSource;

  /** Both are closed by whoever opened them. */
  constructor(tcp: TcpRows, netlink: SockDiagSource) {
    this.#tcp = tcp;
    this.#netlink = netlink;
  }

  readTcp(visit: RowVisitor, range: PortRange): TableReading {
    return { rows: this.#tcp.read(visit, range), malformedRows: 0, ipv6: this.#netlink.ipv6 };
  }

  readIdle(visit: RowVisitor, range: PortRange): void {
    this.#netlink.visitIdle(visit, range);
  }

  readUdp(visit: RowVisitor, range: PortRange): TableReading {
    return this.#netlink.readUdp(visit, range);
  }

  /** Each TCP row says by itself whether its port was named in a `bind()`. */
  readExplicit(protocol: 'tcp' | 'udp', visit: RowVisitor, range: PortRange): void {
    if (protocol === 'udp') this.#netlink.readExplicit(protocol, visit, range);
  }
}
