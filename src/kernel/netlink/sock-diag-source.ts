import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeDiagRow } from './inet-diag-row.ts';
import { AF_INET, AF_INET6, type DumpQuery, dumpRequest } from './inet-diag-request.ts';
import { NETLINK_SOCK_DIAG, NetlinkSocket } from './netlink-socket.ts';
import { SOCK_DIAG, SockDiagInspector } from './sock-diag-inspector.ts';
import {
  type RowVisitor,
  SocketRow,
  type SocketSource,
  sumReadings,
  type TableReading,
} from '../socket-row.ts';
import type { PortRange } from '../proc/sysctl.ts';

/**
 * The sockets of the namespace it was opened in, as inet_diag tells them (net/ipv4/inet_diag.c). The kernel
 * looks at the local port before it copies anything. After an error the source must be closed.
 */
export class SockDiagSource implements SocketSource {
  readonly name = 'netlink';
  readonly inspector: SockDiagInspector;
  readonly #sockets: NetlinkSocket;
  readonly #row = new SocketRow();
  readonly #ipv6: boolean;

  /** `ipv6` is whether the kernel has IPv6 sockets. */
  constructor(sockets: NetlinkSocket, inspector: SockDiagInspector, ipv6: boolean) {
    this.#sockets = sockets;
    this.inspector = inspector;
    this.#ipv6 = ipv6;
  }

  /** `netDirectory` is the procfs `net` of this thread's namespace. Throws `KernelError`. */
  static open(netDirectory: string): SockDiagSource {
    const sockets = NetlinkSocket.open(NETLINK_SOCK_DIAG, SOCK_DIAG);
    const ipv6 = existsSync(join(netDirectory, 'tcp6'));
    try {
      return new SockDiagSource(sockets, SockDiagInspector.open(), ipv6);
    } catch (error) {
      sockets.close();
      throw error;
    }
  }

  /** The listeners' table is the first that the kernel walks (inet_diag_dump_icsk). */
  readTcp(visit: RowVisitor, range: PortRange, idle = false): TableReading {
    return this.#dump({ protocol: 'tcp', range, idle }, visit);
  }

  readUdp(visit: RowVisitor, range: PortRange): TableReading {
    const families = this.#ipv6 ? ([AF_INET, AF_INET6] as const) : ([AF_INET] as const);
    return sumReadings(
      families.map((family) => this.#dump({ protocol: 'udp', family, range }, visit)),
    );
  }

  readExplicit(protocol: 'tcp' | 'udp', visit: RowVisitor, range: PortRange): void {
    if (protocol === 'tcp') this.#dump({ protocol, range, explicit: true }, visit);
    else if (this.#ipv6) this.#dump({ protocol, family: AF_INET6, range, explicit: true }, visit);
  }

  close(): void {
    this.#sockets.close();
    this.inspector.close();
  }

  #dump(query: DumpQuery, visit: RowVisitor): TableReading {
    const row = this.#row;
    let rows = 0;
    const messages = this.#sockets.ask(dumpRequest(query), (message) => {
      if (!decodeDiagRow(row, message)) return;
      rows += 1;
      visit(row);
    });
    return { rows, malformedRows: messages - rows, ipv6: this.#ipv6 };
  }
}
