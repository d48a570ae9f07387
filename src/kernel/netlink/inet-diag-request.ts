import { ADDRESS_WORDS } from '../address.ts';
import { AF_INET, AF_INET6 } from './address-family.ts';
import { type HostCondition, hostFilter } from './host-filter.ts';
import { ATTRIBUTE_HEADER, HEADER, NLM_F_DUMP, Request } from './message.ts';
import { LOCAL, REMOTE, type SocketRow } from '../socket-row.ts';
import type { PortRange } from '../proc/sysctl.ts';
import { networkWord } from '../byte-order.ts';

/** Requests to inet_diag (include/uapi/linux/inet_diag.h), as bytes. */

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
const OTHER_STATES = ALL_STATES & ~LISTEN_BIT;

const INET_DIAG_REQ_BYTECODE = 1;
const INET_DIAG_INFO = 2;
const [BC_JMP, BC_S_GE, BC_S_LE, BC_AUTO] = [1, 2, 3, 6];

/** Which sockets are asked for; those of TCP that listen are asked for apart. */
export type DumpQuery = ListenersQuery | HostsQuery | PortsQuery;

/** TCP sockets that listen, on whatever port. */
interface ListenersQuery {
  readonly protocol: 'tcp';
  readonly listeners: true;
}

/** TCP sockets in any state that meet one of the conditions, of which there are `MAX_CONDITIONS` at most. */
interface HostsQuery {
  readonly protocol: 'tcp';
  readonly listeners?: undefined;
  readonly hosts: readonly HostCondition[];
}

interface PortsQuery {
  readonly protocol: 'tcp' | 'udp';
  readonly listeners?: undefined;
  readonly hosts?: undefined;
  /** Only for udp. */
  readonly family?: typeof AF_INET | typeof AF_INET6;
  /** Only sockets with a local port in it. */
  readonly range: PortRange;
  /** Only sockets whose port was named in a `bind()`, and that are not in TIME_WAIT. */
  readonly explicit?: boolean;
  /** TCP sockets that are bound but idle as well, or alone; the kernel walks another table for them. */
  readonly idle?: boolean | 'only';
}

/** The request for a dump of all sockets that match the query. */
export function dumpRequest(query: DumpQuery): Uint8Array {
  return query.protocol === 'tcp' ? tcpRequest(query) : udpRequest(query);
}

function tcpRequest(query: DumpQuery): Uint8Array {
  const request = requestWith(TCPDIAG_GETSOCK, TCP_REQUEST_BYTES, filterOf(query));
  request.words[(HEADER + 52) >> 2] = statesOf(query);
  return request.bytes;
}

function udpRequest(query: PortsQuery): Uint8Array {
  const request = requestWith(SOCK_DIAG_BY_FAMILY, REQUEST_BYTES, filterOf(query));
  request.bytes.set([query.family ?? AF_INET, IPPROTO_UDP], HEADER);
  request.words[(HEADER + 4) >> 2] = statesOf(query);
  return request.bytes;
}

/** `fixed` is the length of the request without its attributes, in bytes. */
function requestWith(type: number, fixed: number, filter: Uint8Array): Request {
  const attribute = filter.length === 0 ? 0 : ATTRIBUTE_HEADER + filter.length;
  const request = new Request(type, NLM_F_DUMP, fixed + attribute);
  if (attribute > 0) request.attribute(HEADER + fixed, INET_DIAG_REQ_BYTECODE, filter);
  return request;
}

function filterOf(query: DumpQuery): Uint8Array {
  if (query.listeners) return program();
  if (query.hosts) return hostFilter(query.hosts);
  return query.explicit ? explicitIn(query.range) : portsIn(query.range);
}

function statesOf(query: DumpQuery): number {
  if (query.listeners) return LISTEN_BIT;
  if (query.hosts) return query.hosts.some(isLocal) ? ALL_STATES | IDLE_BIT : ALL_STATES;
  const { explicit = false, idle = false } = query;
  if (explicit) return OTHER_STATES & ~TIME_WAIT_BIT;
  if (idle === 'only') return IDLE_BIT;
  return idle ? OTHER_STATES | IDLE_BIT : OTHER_STATES;
}

/** Only what is asked for by its local end can be a socket that is bound but idle. */
function isLocal({ end }: HostCondition): boolean {
  return end === 'local';
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

/**
 * A filter is a program of operations `{u8 code, u8 yes, u16 no}` (`inet_diag_bc_run` in
 * net/ipv4/inet_diag.c). `yes` and `no` are the bytes to go forward; to end beyond the last operation is to
 * reject the socket. The port that an operation compares with stands in the `no` of the next.
 */
function program(...operations: readonly (readonly [number, number, number])[]): Uint8Array {
  const bytes = new Uint8Array(4 * operations.length);
  const halves = new Uint16Array(bytes.buffer);
  operations.forEach(([code, yes, no], index) => {
    bytes.set([code, yes], 4 * index);
    halves[2 * index + 1] = no;
  });
  return bytes;
}

function portsIn({ low, high }: PortRange): Uint8Array {
  return program([BC_S_GE, 8, 20], [0, 0, low], [BC_S_LE, 8, 12], [0, 0, high]);
}

function explicitIn({ low, high }: PortRange): Uint8Array {
  return program(
    [BC_S_GE, 8, 28],
    [0, 0, low],
    [BC_S_LE, 8, 20],
    [0, 0, high],
    [BC_AUTO, 4, 8],
    [BC_JMP, 4, 8],
  );
}
