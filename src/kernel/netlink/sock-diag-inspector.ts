import { decodeDetails } from './inet-diag-row.ts';
import { exactRequest } from './inet-diag-request.ts';
import { KernelError } from '../kernel-error.ts';
import { NETLINK_SOCK_DIAG, NetlinkSocket } from './netlink-socket.ts';
import { Routes } from './route.ts';
import type { SocketDetails, SocketInspector, SocketRow } from '../socket-row.ts';

/** What errors call the interface. */
export const SOCK_DIAG = 'netlink sock_diag';

/** No socket has these ports any more, or another one has. */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ESTALE']);

/** Asks for single TCP sockets; on sockets of its own, because a dump may be under way. */
export class SockDiagInspector implements SocketInspector {
  readonly #sockets: NetlinkSocket;
  readonly #routes: Routes;

  private constructor(sockets: NetlinkSocket, routes: Routes) {
    this.#sockets = sockets;
    this.#routes = routes;
  }

  /** The namespace is the one this thread is in now. Throws `KernelError`. */
  static open(): SockDiagInspector {
    const sockets = NetlinkSocket.open(NETLINK_SOCK_DIAG, SOCK_DIAG);
    try {
      return new SockDiagInspector(sockets, Routes.open());
    } catch (error) {
      sockets.close();
      throw error;
    }
  }

  inspect(row: SocketRow): SocketDetails | undefined {
    let details: SocketDetails | undefined;
    try {
      this.#sockets.ask(exactRequest(row), (message) => {
        details = decodeDetails(message);
      });
    } catch (error) {
      if (!(error instanceof KernelError && GONE.has(error.errno))) throw error;
    }
    return details;
  }

  hasUsualAddress(row: SocketRow): boolean {
    return this.#routes.prefers(row);
  }

  close(): void {
    this.#sockets.close();
    this.#routes.close();
  }
}
