import { formatAddress, isWildcard } from '../kernel/address.ts';
import { KernelError } from '../kernel/kernel-error.ts';
import { SockDiagSource } from '../kernel/netlink/sock-diag-source.ts';
import { KernelFileError } from '../kernel/proc/kernel-file.ts';
import { ProcSource } from '../kernel/proc/proc-source.ts';
import { isRequest, LOCAL, REMOTE, type RowVisitor, type SocketRow } from '../kernel/socket-row.ts';
import type { NetnsView } from '../namespaces/netns-view.ts';

/** A socket that has one local port. */
export interface PortSocket {
  readonly protocol: 'tcp' | 'udp';
  /** As the kernel numbers it (include/net/tcp_states.h). */
  readonly state: number;
  /** Canonical text. */
  readonly localAddress: string;
  /** Empty where it has no remote end. */
  readonly remoteAddress: string;
  readonly remotePort: number;
  /** Milliseconds until a TIME_WAIT lets go; else 0. */
  readonly remainingMs: number;
  /** Of its file, as under /proc/PID/fd; 0 where no process has it open. */
  readonly inode: number;
  /** Undefined where it is not known. */
  readonly uid: number | undefined;
  readonly cgroupId: number | undefined;
  /** Whether it leaves the IPv4 port free; undefined where that is not known. */
  readonly v6Only?: boolean | undefined;
}

/** Sockets of one port that are kept: a listener may have accepted thousands. */
const MAX_SOCKETS = 1000;

/** The TCP and UDP sockets of one local port. Requests for connections are none, and keep the port from nobody. */
export interface PortSockets {
  /** Listeners first. */
  readonly sockets: readonly PortSocket[];
  /** How many more there are. */
  readonly others: number;
  /** Whether sockets that are bound and idle would have been seen: /proc has none of TCP. */
  readonly showsIdle: boolean;
}

/**
 * The sockets with local port `port` in the namespace of `view`: by netlink, which filters by port, or from /proc where this thread is
 * not in the namespace or netlink fails. Throws `KernelError`.
 */
export function readPortSockets(view: NetnsView, port: number): PortSockets {
  if (view.sockets !== 'none') {
    try {
      return readNetlink(view, port);
    } catch (error) {
      if (!(error instanceof KernelError) || error instanceof KernelFileError) throw error;
    }
  }
  const kept = new Collector(port);
  const source = new ProcSource(view.net);
  source.readTcp(kept.visitor('tcp'));
  source.readUdp(kept.visitor('udp'));
  return { ...kept.found, showsIdle: false };
}

function readNetlink({ net }: NetnsView, port: number): PortSockets {
  const kept = new Collector(port);
  const range = { low: port, high: port };
  const source = SockDiagSource.open(net);
  try {
    source.readTcp(kept.visitor('tcp'), range, true);
    source.readUdp(kept.visitor('udp'), range);
    return { ...kept.found, showsIdle: true };
  } finally {
    source.close();
  }
}

class Collector {
  readonly #port: number;
  readonly #sockets: PortSocket[] = [];
  #others = 0;

  constructor(port: number) {
    this.#port = port;
  }

  get found(): Pick<PortSockets, 'sockets' | 'others'> {
    return { sockets: this.#sockets, others: this.#others };
  }

  visitor(protocol: PortSocket['protocol']): RowVisitor {
    return (row) => {
      if (row.localPort !== this.#port || isRequest(row)) return;
      if (this.#sockets.length < MAX_SOCKETS) this.#sockets.push(socketOf(protocol, row));
      else this.#others += 1;
    };
  }
}

function socketOf(protocol: PortSocket['protocol'], row: SocketRow): PortSocket {
  const { addresses, state, remotePort, remainingMs, inode, uid, cgroupId, v6Only } = row;
  const hasRemote = remotePort !== 0 || !isWildcard(addresses, REMOTE);
  return {
    protocol,
    state,
    localAddress: formatAddress(addresses, LOCAL),
    remoteAddress: hasRemote ? formatAddress(addresses, REMOTE) : '',
    remotePort,
    remainingMs,
    inode,
    uid,
    cgroupId,
    v6Only,
  };
}
