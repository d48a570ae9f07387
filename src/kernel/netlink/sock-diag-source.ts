import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { decodeDiagRow, DiagRareFields } from './inet-diag-row.ts';
import { AF_INET, AF_INET6 } from './address-family.ts';
import type { HostCondition } from './host-filter.ts';
import { type DumpQuery, dumpRequest } from './inet-diag-request.ts';
import type { MessageVisitor } from './message.ts';
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
 * The sockets of the namespace in which it was opened, as inet_diag shows them (net/ipv4/inet_diag.c). The
 * kernel compares the local port before it copies a socket. After an error, which `failure` keeps, the source must be
 * closed: the rest of the answer may still come.
 */
export class SockDiagSource implements SocketSource {
  readonly name = 'netlink';
  readonly showsAllRows = false;
  readonly inspector = new SockDiagInspector();
  readonly #sockets: NetlinkSocket;
  readonly #rare = new DiagRareFields();
  readonly #row = new SocketRow(this.#rare);
  /** Whether the kernel has IPv6 sockets. */
  readonly ipv6: boolean;
  #failure: unknown;

  private constructor(sockets: NetlinkSocket, ipv6: boolean) {
    this.#sockets = sockets;
    this.ipv6 = ipv6;
  }

  /**
   * `netDirectory` is the procfs `net` directory of the namespace that this thread is in. Throws
   * `KernelError`.
   */
  static open(netDirectory: string): SockDiagSource {
    const sockets = NetlinkSocket.open(NETLINK_SOCK_DIAG, SOCK_DIAG);
    return new SockDiagSource(sockets, hasIpv6(netDirectory));
  }

  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Listeners are asked for first, and outside the range too. That costs one more request and no more work: the kernel
   * has a table of their own, which the dump of the others then leaves out (`inet_diag_dump_icsk`).
   */
  readTcp(visit: RowVisitor, range: PortRange, idle = false): TableReading {
    return sumReadings([
      this.#dump({ protocol: 'tcp', listeners: true }, visit),
      this.#dump({ protocol: 'tcp', range, idle }, visit),
    ]);
  }

  readUdp(visit: RowVisitor, range: PortRange): TableReading {
    const families = this.ipv6 ? ([AF_INET, AF_INET6] as const) : ([AF_INET] as const);
    return sumReadings(
      families.map((family) => this.#dump({ protocol: 'udp', family, range }, visit)),
    );
  }

  readExplicit(protocol: 'tcp' | 'udp', visit: RowVisitor, range: PortRange): void {
    if (protocol === 'tcp') this.#dump({ protocol, range, explicit: true }, visit);
    else if (this.ipv6) this.#dump({ protocol, family: AF_INET6, range, explicit: true }, visit);
  }

  /** Visits TCP sockets that are bound and idle alone; before Linux 6.8 none. */
  visitIdle(visit: RowVisitor, range: PortRange): void {
    this.#dump({ protocol: 'tcp', range, idle: 'only' }, visit);
  }

  /** Visits the TCP sockets, whatever their state, that meet one of the conditions: `MAX_CONDITIONS` at most. */
  readTcpOf(hosts: readonly HostCondition[], visit: RowVisitor): TableReading {
    return this.#dump({ protocol: 'tcp', hosts }, visit);
  }

  close(): void {
    this.#sockets.close();
    this.inspector.close();
  }

  #dump(query: DumpQuery, visit: RowVisitor): TableReading {
    const row = this.#row;
    let rows = 0;
    const messages = this.#request(dumpRequest(query), (message) => {
      if (!decodeDiagRow(row, message)) return;
      this.#rare.message = message;
      row.readAfterMs = message.filledAfterMs;
      rows += 1;
      visit(row);
    });
    return { rows, malformedRows: messages - rows, ipv6: this.ipv6 };
  }

  #request(request: Uint8Array, visit: MessageVisitor): number {
    try {
      return this.#sockets.request(request, visit);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }
}

let ipv6Found = false;

/**
 * Whether the kernel has IPv6 sockets. It then shows `tcp6` in every namespace (`tcp6_proc_init` in
 * net/ipv6/tcp_ipv6.c), and for good, because ipv6 cannot be unloaded.
 */
function hasIpv6(netDirectory: string): boolean {
  ipv6Found ||= existsSync(join(netDirectory, 'tcp6'));
  return ipv6Found;
}
