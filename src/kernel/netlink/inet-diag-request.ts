import { ADDRESS_WORDS } from '../address.ts';
import { ATTRIBUTE_HEADER, HEADER, NLM_F_DUMP, Request } from './message.ts';
import { LOCAL, REMOTE, type SocketRow } from '../socket-row.ts';
import type { PortRange } from '../proc/sysctl.ts';
import { networkWord } from '../byte-order.ts';

/** Requests to inet_diag (include/uapi/linux/inet_diag.h), as bytes. */

export const AF_INET = 2;
export const AF_INET6 = 10;
const IPPROTO_UDP = 17;

/** The old request is for TCP, and dumps both families in one walk. The new one names protocol and family. */
const TCPDIAG_GETSOCK = 18;
const SOCK_DIAG_BY_FAMILY = 20;
const TCP_REQUEST_BYTES = 60;
const REQUEST_BYTES = 56;

/** Bits 1 to 12, one for each state of include/net/tcp_states.h in which a socket is hashed. */
const ALL_STATES = 0x1ffe;
/** TCP sockets that are bound but idle (`TCPF_BOUND_INACTIVE`). Linux before 6.8 ignores the bit. */
const IDLE_BIT = 1 << 13;
const [LISTEN_BIT, TIME_WAIT_BIT] = [1 << 10, 1 << 6];
const EXPLICIT_STATES = ALL_STATES & ~(LISTEN_BIT | TIME_WAIT_BIT);

const INET_DIAG_REQ_BYTECODE = 1;
const INET_DIAG_INFO = 2;
const [BC_JMP, BC_S_GE, BC_S_LE, BC_D_GE, BC_AUTO] = [1, 2, 3, 4, 6];

export interface DumpQuery {
  readonly protocol: 'tcp' | 'udp';
  /** Only for udp. */
  readonly family?: typeof AF_INET | typeof AF_INET6;
  /** Only sockets with a local port in it; of TCP also those without a peer, which are listeners for the most part. */
  readonly range: PortRange;
  /** Only sockets whose port was named in a `bind()`, and that neither listen nor are in TIME_WAIT. */
  readonly explicit?: boolean;
  /** TCP sockets that are bound but idle as well; the kernel walks another table for them. */
  readonly idle?: boolean;
}

/** The request for a dump of all sockets that match the query. */
export function dumpRequest(query: DumpQuery): Uint8Array {
  const filter = filterOf(query);
  const states = statesOf(query);
  const fixed = query.protocol === 'tcp' ? TCP_REQUEST_BYTES : REQUEST_BYTES;
  const type = query.protocol === 'tcp' ? TCPDIAG_GETSOCK : SOCK_DIAG_BY_FAMILY;
  const request = new Request(type, NLM_F_DUMP, fixed + ATTRIBUTE_HEADER + filter.length);
  if (query.protocol === 'tcp') request.words[(HEADER + 52) >> 2] = states;
  else {
    request.bytes.set([query.family ?? AF_INET, IPPROTO_UDP], HEADER);
    request.words[(HEADER + 4) >> 2] = states;
  }
  request.attribute(HEADER + fixed, INET_DIAG_REQ_BYTECODE, filter);
  return request.bytes;
}

function filterOf({ protocol, range, explicit = false }: DumpQuery): Uint8Array {
  if (explicit) return program(...portsIn(range, UNLESS_AUTO));
  return program(...(protocol === 'tcp' ? OR_NO_PEER : []), ...portsIn(range));
}

function statesOf({ explicit = false, idle = false }: DumpQuery): number {
  if (explicit) return EXPLICIT_STATES;
  return idle ? ALL_STATES | IDLE_BIT : ALL_STATES;
}

/** The request for the TCP socket of the row alone, with its `tcp_info`. */
export function exactRequest(row: SocketRow): Uint8Array {
  const request = new Request(TCPDIAG_GETSOCK, 0, TCP_REQUEST_BYTES);
  const { bytes, words } = request;
  bytes.set([row.ipv6Socket ? AF_INET6 : AF_INET, 0, 0, 1 << (INET_DIAG_INFO - 1)], HEADER);
  const id = HEADER + 4;
  bytes.set(
    [row.localPort >> 8, row.localPort & 255, row.remotePort >> 8, row.remotePort & 255],
    id,
  );
  const skip = row.ipv6Socket ? 0 : ADDRESS_WORDS - 1;
  for (let word = skip; word < ADDRESS_WORDS; word += 1) {
    words[((id + 4) >> 2) + word - skip] = networkWord(row.addresses[LOCAL + word] ?? 0);
    words[((id + 20) >> 2) + word - skip] = networkWord(row.addresses[REMOTE + word] ?? 0);
  }
  words[(id + 36) >> 2] = row.device;
  words[(id + 40) >> 2] = row.cookieLow;
  words[(id + 44) >> 2] = row.cookieHigh;
  return bytes;
}

/** `{u8 code, u8 yes, u16 no}`. */
type Operation = readonly [code: number, yes: number, no: number];

/**
 * A filter is a program of operations (`inet_diag_bc_run` in net/ipv4/inet_diag.c). `yes` and `no` are the bytes to go
 * forward; to end beyond the last operation is to reject the socket. The port that an operation compares with stands in
 * the `no` of the next.
 */
function program(...operations: readonly Operation[]): Uint8Array {
  const bytes = new Uint8Array(4 * operations.length);
  const halves = new Uint16Array(bytes.buffer);
  operations.forEach(([code, yes, no], index) => {
    bytes.set([code, yes], 4 * index);
    halves[2 * index + 1] = no;
  });
  return bytes;
}

/** Accepts local ports of the range for which `then` accepts the socket too. */
function portsIn({ low, high }: PortRange, then: readonly Operation[] = []): readonly Operation[] {
  const rest = 4 * then.length;
  return [[BC_S_GE, 8, 20 + rest], [0, 0, low], [BC_S_LE, 8, 12 + rest], [0, 0, high], ...then];
}

/**
 * Stands before `portsIn`, and accepts a socket without a peer whatever its port: the remote port of a listener is 0.
 * So listeners outside the range come along in the same walk, for one more comparison per socket; a dump of their state
 * alone would walk the table of listeners once more.
 */
const OR_NO_PEER: readonly Operation[] = [
  [BC_D_GE, 8, 24],
  [0, 0, 1],
];

/** Rejects a socket whose port `connect()` or a `bind()` to port 0 chose. */
const UNLESS_AUTO: readonly Operation[] = [
  [BC_AUTO, 4, 8],
  [BC_JMP, 4, 8],
];
