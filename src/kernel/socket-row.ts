import { ADDRESS_WORDS, isIpv4 } from './address.ts';

/** Socket states as the kernel numbers them (include/net/tcp_states.h). */
export const TCP_ESTABLISHED = 1;
export const TCP_SYN_SENT = 2;
export const TCP_SYN_RECV = 3;
export const TCP_FIN_WAIT2 = 5;
export const TCP_TIME_WAIT = 6;
export const TCP_CLOSE = 7;
export const TCP_CLOSE_WAIT = 8;
export const TCP_LISTEN = 10;
export const TCP_NEW_SYN_RECV = 12;

/** Where the local and the remote address start in `SocketRow.addresses`. */
export const LOCAL = 0;
export const REMOTE = ADDRESS_WORDS;

/**
 * One socket as the kernel shows it: a cursor that its source fills anew for each row. The one mutable
 * type of the project; a visitor copies what it wants to keep.
 */
export class SocketRow {
  /** Local address, then remote address; network order. */
  readonly addresses = new Int32Array(2 * ADDRESS_WORDS);
  localPort = 0;
  remotePort = 0;
  state = 0;
  /** Whether the row came from an IPv6 socket, v4-mapped ones included. */
  ipv6Socket = false;
  /** TIME_WAIT and timed FIN_WAIT2: hundredths of a second until the port comes back; otherwise 0. */
  remainingCentiseconds = 0;

  get localIsIpv4(): boolean {
    return isIpv4(this.addresses, LOCAL);
  }
}

/** Receives rows; the row is only valid during the call. */
export type RowVisitor = (row: SocketRow) => void;

/** What a source met while it read one protocol's tables. */
export interface TableReading {
  /** Rows handed to the visitor. */
  readonly rows: number;
  /** Rows that were cut or unreadable, and skipped. */
  readonly damagedRows: number;
  /** Whether the kernel has IPv6 sockets at all. */
  readonly ipv6: boolean;
}

/** One network namespace's sockets, however the kernel is asked for them. */
export interface SocketSource {
  readonly name: 'proc';
  /** Visits each TCP socket, every listener before the first other row. Throws `KernelFileError`. */
  readTcp(visit: RowVisitor): TableReading;
  /** Visits each UDP socket. Throws `KernelFileError`. */
  readUdp(visit: RowVisitor): TableReading;
}
