import { ADDRESS_WORDS, isIpv4 } from './address.ts';
import type { PortRange } from './proc/sysctl.ts';

/** Socket states as the kernel numbers them (include/net/tcp_states.h). */
export const TCP_ESTABLISHED = 1;
export const TCP_SYN_SENT = 2;
export const TCP_SYN_RECV = 3;
export const TCP_FIN_WAIT2 = 5;
export const TCP_TIME_WAIT = 6;
/** A UDP socket without a peer; a TCP socket that is bound but idle. */
export const TCP_CLOSE = 7;
export const TCP_CLOSE_WAIT = 8;
export const TCP_LISTEN = 10;
export const TCP_NEW_SYN_RECV = 12;

/** Who owns a row's port, as the kernel's bind bucket says: see `SocketRow.portOwner`. */
export const UNKNOWN_OWNS = 0;
export const CONNECT_OWNS = 1;
export const BIND_OWNS = 2;
/** A `bind()` of another socket owns the port, which the row's own socket got from `connect()`. */
export const OTHER_BIND_OWNS = 3;

/** Where the local and the remote address start in `SocketRow.addresses`. */
export const LOCAL = 0;
export const REMOTE = ADDRESS_WORDS;

/** What few rules read of a row: sources decode it only when it is read. */
export interface RareFields {
  /** Of the user, as this process's user namespace numbers users. */
  readonly uid: number;
  /** Of the socket's file, as in the link `socket:[inode]` under /proc/PID/fd. */
  readonly inode: number;
  /** As in `SocketRow`; absent where the source never knows. */
  readonly v6Only?: boolean | undefined;
  readonly bindAddressNoPort?: boolean | undefined;
  readonly cgroupId?: number | undefined;
}

const NO_RARE_FIELDS: RareFields = { uid: 0, inode: 0 };

/**
 * One socket as the kernel shows it: a cursor that its source fills anew for each row. It is the one mutable
 * type that is handed around; a visitor copies what it wants to keep.
 */
export class SocketRow {
  /** Local address, then remote address; see address.ts. */
  readonly addresses = new Int32Array(2 * ADDRESS_WORDS);
  localPort = 0;
  remotePort = 0;
  /** One of the states above, or another of include/net/tcp_states.h. */
  state = 0;
  /** Whether the row came from an IPv6 socket, v4-mapped ones included. */
  ipv6Socket = false;
  /**
   * TIME_WAIT and timed FIN_WAIT2: milliseconds until the port comes back, in ticks of the kernel's clock; /proc rounds
   * them down to hundredths of a second. Otherwise 0.
   */
  remainingMs = 0;
  /** The kernel was asked for the row after this moment, in milliseconds of `performance.now()`; 0 where it is not known. */
  readAfterMs = 0;
  /** Index of the device that the socket is bound to; 0 where there is none, or /proc cannot tell. */
  device = 0;
  /** The socket's number for its whole life, TIME_WAIT included, in two words; 0 in /proc. */
  cookieLow = 0;
  cookieHigh = 0;
  /**
   * Who owns the local port: one of `UNKNOWN_OWNS`, where only what is seen of all rows can tell; `CONNECT_OWNS`, so that
   * connect() shares it; `BIND_OWNS`, `OTHER_BIND_OWNS`, so that it is lost to connect().
   */
  portOwner = UNKNOWN_OWNS;
  /** False where the kernel says that the connection has no TCP timestamps. */
  mayHaveTimestamps = true;
  /** Whether the socket was accepted and did not connect; undefined where the row does not tell. */
  accepted: boolean | undefined = undefined;
  readonly #rare: RareFields;

  constructor(rare = NO_RARE_FIELDS) {
    this.#rare = rare;
  }

  /** Whether IPv6 only; undefined where the kernel does not say: netlink does of listeners and idle sockets, BPF of all. */
  get v6Only(): boolean | undefined {
    return this.#rare.v6Only;
  }

  /** IP_BIND_ADDRESS_NO_PORT: whether a `bind()` left the port to `connect()`; undefined as above. */
  get bindAddressNoPort(): boolean | undefined {
    return this.#rare.bindAddressNoPort;
  }

  /**
   * The number in the link `socket:[inode]` that a process which has the socket open shows under
   * /proc/PID/fd. 0 where no process has: in TIME_WAIT, before `accept()`, and after `close()`.
   */
  get inode(): number {
    return this.#rare.inode;
  }

  /** The user who opened the socket; undefined where `inode` is 0, for the kernel then writes 0 as well. */
  get uid(): number | undefined {
    return this.#rare.inode === 0 ? undefined : this.#rare.uid;
  }

  /**
   * The inode, in the cgroup2 tree, of the cgroup in which the socket was opened; 1 is the root. Undefined where the
   * source or the kernel does not say, as in TIME_WAIT.
   */
  get cgroupId(): number | undefined {
    return this.#rare.cgroupId;
  }

  get localIsIpv4(): boolean {
    return isIpv4(this.addresses, LOCAL);
  }

  /** Whether both ends are the same, as when `connect()` was given the port it connected to. */
  get isConnectedToItself(): boolean {
    if (this.localPort !== this.remotePort) return false;
    for (let word = 0; word < ADDRESS_WORDS; word += 1) {
      if (this.addresses[LOCAL + word] !== this.addresses[REMOTE + word]) return false;
    }
    return true;
  }
}

/** Receives rows; the row is only valid during the call. */
export type RowVisitor = (row: SocketRow) => void;

/** What a source found when it read one protocol's tables. */
export interface TableReading {
  /** Rows handed to the visitor. */
  readonly rows: number;
  /** Rows that were cut or unreadable, and skipped. */
  readonly malformedRows: number;
  /** Whether the kernel has IPv6 sockets at all. */
  readonly ipv6: boolean;
}

/** What was found in all of several readings. */
export function sumReadings(readings: readonly TableReading[]): TableReading {
  return {
    rows: readings.reduce((sum, { rows }) => sum + rows, 0),
    malformedRows: readings.reduce((sum, { malformedRows }) => sum + malformedRows, 0),
    ipv6: readings.some(({ ipv6 }) => ipv6),
  };
}

/** What the kernel says about one live TCP socket when asked for it alone; undefined: it cannot tell. */
export interface SocketDetails {
  /** Whether the socket was accepted, and did not connect. */
  readonly accepted: boolean | undefined;
  /** Whether both ends send timestamps, without which its TIME_WAIT cannot be reused. */
  readonly timestamps: boolean | undefined;
}

/** Asks the kernel about single sockets. Its methods throw `KernelError`. */
export interface SocketInspector {
  /** Asks for the row's TCP socket alone; undefined where it no longer exists. */
  inspect(row: SocketRow): SocketDetails | undefined;
  /**
   * Whether `connect()` may have chosen the row's local address by itself, without a `bind()`: the route prefers it,
   * or routes depend on more than the destination.
   */
  hasUsualAddress(row: SocketRow): boolean;
}

export type SourceName = 'proc' | 'netlink' | 'bpf';

/** The sockets of one network namespace, whichever interface of the kernel shows them. Its methods throw `KernelError`. */
export interface SocketSource {
  readonly name: SourceName;
  /** Whether rows on ports outside the range are visited that are no TCP listeners. */
  readonly showsAllRows: boolean;
  /** What ended a table before its last row; the source must then be closed. Absent where that is never needed. */
  readonly failure?: unknown;
  /** Asks for single sockets, where the source can. */
  readonly inspector?: SocketInspector;
  /**
   * Visits each TCP socket, every listener before the first other row. A source that can filter visits
   * only listeners, and sockets with a local port in `range`. One that can show them visits bound but idle sockets,
   * with state `TCP_CLOSE` and right behind the listeners, when `idle` asks for them.
   */
  readTcp(visit: RowVisitor, range: PortRange, idle: boolean): TableReading;
  /** Visits each UDP socket; a source that can filter, only those with a local port in `range`. */
  readUdp(visit: RowVisitor, range: PortRange): TableReading;
  /** Visits TCP sockets that are bound but idle, with state `TCP_CLOSE`, where `readTcp` never does. */
  readIdle?(visit: RowVisitor, range: PortRange): void;
  /** Visits sockets, neither listening, idle nor TIME_WAIT, whose port was named in a `bind()`. */
  readExplicit?(protocol: 'tcp' | 'udp', visit: RowVisitor, range: PortRange): void;
}

/**
 * Whether the row is a request for a connection that is not established yet. It is on no port's list of sockets
 * (`inet_csk_reqsk_queue_hash_add` in net/ipv4/inet_connection_sock.c) and keeps the port from nobody; its listener does. Where that
 * has closed, it stays until it would have been answered again (`reqsk_timer_handler`): a second when it is new, 32 s when it is old. A
 * transparent proxy's listener is on another port. All but BPF show it as SYN_RECV, a state in which a socket can be too, by TCP Fast Open
 * or when both ends connect at once: such a socket has an inode or, by BPF, an owner of its port.
 */
export function isRequest({ state, inode, portOwner }: SocketRow): boolean {
  if (state === TCP_NEW_SYN_RECV) return true;
  return state === TCP_SYN_RECV && inode === 0 && portOwner === UNKNOWN_OWNS;
}
