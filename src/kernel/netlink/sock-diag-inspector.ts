import { decodeDetails } from './inet-diag-row.ts';
import { exactRequest } from './inet-diag-request.ts';
import { KernelError } from '../kernel-error.ts';
import { NETLINK_SOCK_DIAG, NetlinkSocket } from './netlink-socket.ts';
import { Routes } from './route.ts';
import type { SocketDetails, SocketInspector, SocketRow } from '../socket-row.ts';

/** What errors call the interface. */
export const SOCK_DIAG = 'netlink sock_diag';

/** No socket has these addresses and ports any more, or another one has (`inet_diag_find_one_icsk`). */
const GONE: ReadonlySet<string> = new Set(['ENOENT', 'ESTALE']);

/**
 * Asks for single TCP sockets, by netlink sockets of its own, because a dump may be under way. Most
 * namespaces are read without a question, so each socket is opened at the first one: this thread must then be
 * in the namespace that is asked about.
 */
export class SockDiagInspector implements SocketInspector {
  #sockets: NetlinkSocket | undefined;
  #routes: Routes | undefined;

  inspect(row: SocketRow): SocketDetails | undefined {
    this.#sockets ??= NetlinkSocket.open(NETLINK_SOCK_DIAG, SOCK_DIAG);
    let details: SocketDetails | undefined;
    try {
      this.#sockets.request(exactRequest(row), (message) => {
        details = decodeDetails(message);
      });
    } catch (error) {
      if (!(error instanceof KernelError && GONE.has(error.errno))) throw error;
    }
    return details;
  }

  hasUsualAddress(row: SocketRow): boolean {
    this.#routes ??= Routes.open();
    return this.#routes.prefers(row) || !this.#routes.dependOnDestinationAlone(row);
  }

  close(): void {
    this.#sockets?.close();
    this.#routes?.close();
  }
}
