import type { SockDiagSource } from '../netlink/sock-diag-source.ts';
import type { PortRange } from '../proc/sysctl.ts';
import type { RowVisitor, SocketSource, TableReading } from '../socket-row.ts';
import type { TcpIterator } from './tcp-iterator.ts';

/**
 * The sockets of the namespace that this thread is in: TCP by a BPF iterator, which shows who owns each port; UDP, and sockets
 * that are bound and idle, by netlink.
 */
export class BpfSource implements SocketSource {
  readonly name = 'bpf';
  readonly showsAllRows = false;
  readonly #iterator: TcpIterator;
  readonly #netlink: SockDiagSource;

  /** Both are closed by whoever opened them. */
  constructor(iterator: TcpIterator, netlink: SockDiagSource) {
    this.#iterator = iterator;
    this.#netlink = netlink;
  }

  readTcp(visit: RowVisitor, range: PortRange): TableReading {
    return { rows: this.#iterator.read(visit, range), malformedRows: 0, ipv6: this.#netlink.ipv6 };
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
