import { isIPv6 } from 'node:net';
import { ADDRESS_WORDS, parseAddress } from '../address.ts';
import { networkWord } from '../byte-order.ts';
import { AF_INET, AF_INET6 } from './address-family.ts';
import { KernelError } from '../kernel-error.ts';
import { NETLINK_ROUTE, NetlinkSocket } from './netlink-socket.ts';
import { ATTRIBUTE_HEADER, findAttribute, HEADER, NLM_F_DUMP, Request } from './message.ts';
import { LOCAL, REMOTE, type SocketRow } from '../socket-row.ts';

const RTM_GETROUTE = 26;
const RTM_GETRULE = 34;
/** Length of `struct rtmsg` (include/uapi/linux/rtnetlink.h). */
const RTMSG = 12;
const [RTA_DST, RTA_OIF, RTA_PREFSRC] = [1, 4, 7];

/** With these the kernel says that a destination has no route, or none that may be used. */
const NO_ROUTE: ReadonlySet<string> = new Set([
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENOENT',
  'EACCES',
  'EINVAL',
]);

/**
 * Asks for routes in the namespace in which it was opened (`inet_rtm_getroute` in net/ipv4/route.c,
 * `inet6_rtm_getroute` in net/ipv6/route.c).
 */
export class Routes {
  readonly #socket: NetlinkSocket;

  private constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** Throws `KernelError`. */
  static open(): Routes {
    return new Routes(NetlinkSocket.open(NETLINK_ROUTE, 'rtnetlink'));
  }

  /**
   * Whether `connect()` to the row's remote address would by itself choose the row's local address. True
   * where the route no longer exists, and where the kernel names no source address. Throws `KernelError`.
   */
  prefers(row: SocketRow): boolean {
    let preferred = true;
    try {
      this.#socket.request(routeRequest(row), (message) => {
        const at = findAttribute(message, message.payload + RTMSG, RTA_PREFSRC, 4);
        preferred = at < 0 || isLocalAddress(row, message.words, at >> 2);
      });
    } catch (error) {
      if (!(error instanceof KernelError && NO_ROUTE.has(error.errno))) throw error;
    }
    return preferred;
  }

  /** Why there is no route to an address in canonical text, such as ENETUNREACH; empty where there is one. Throws `KernelError`. */
  problemTo(to: string): string {
    const addresses = new Int32Array(REMOTE + ADDRESS_WORDS);
    addresses.set(parseAddress(to), REMOTE);
    try {
      this.#socket.request(routeRequest({ addresses, device: 0, localIsIpv4: !isIPv6(to) }), () => {
        // That there is an answer is enough.
      });
      return '';
    } catch (error) {
      if (error instanceof KernelError && NO_ROUTE.has(error.errno)) return error.errno;
      throw error;
    }
  }

  /**
   * Whether routes depend on the destination alone: there are no rules but those that the kernel makes (`fib_default_rules_init`
   * in net/ipv4/fib_rules.c, `fib6_rules_net_init` in net/ipv6/fib6_rules.c). A VRF adds one. Throws `KernelError`.
   */
  dependOnDestinationAlone(row: SocketRow): boolean {
    const family = row.localIsIpv4 ? AF_INET : AF_INET6;
    const request = new Request(RTM_GETRULE, NLM_F_DUMP, RTMSG);
    request.bytes.set([family], HEADER);
    let rules = 0;
    this.#socket.request(request.bytes, () => {
      rules += 1;
    });
    return rules <= DEFAULT_RULES[family];
  }

  close(): void {
    this.#socket.close();
  }
}

/** `local`, `main` and `default`; IPv6 has no `default`. */
const DEFAULT_RULES = { [AF_INET]: 3, [AF_INET6]: 2 } as const;

type Destination = Pick<SocketRow, 'addresses' | 'device' | 'localIsIpv4'>;

function routeRequest(row: Destination): Uint8Array {
  const skip = wordsToSkip(row);
  const destination = new Int32Array(ADDRESS_WORDS - skip);
  for (let word = skip; word < ADDRESS_WORDS; word += 1) {
    destination[word - skip] = networkWord(row.addresses[REMOTE + word] ?? 0);
  }
  const address = new Uint8Array(destination.buffer);
  const device = new Uint8Array(new Int32Array([row.device]).buffer);
  const attributes = ATTRIBUTE_HEADER + address.length + ATTRIBUTE_HEADER + device.length;
  const request = new Request(RTM_GETROUTE, 0, RTMSG + attributes);
  request.bytes.set([row.localIsIpv4 ? AF_INET : AF_INET6, 8 * address.length], HEADER);
  request.attribute(HEADER + RTMSG, RTA_DST, address);
  const next = HEADER + RTMSG + ATTRIBUTE_HEADER + address.length;
  request.attribute(next, RTA_OIF, device);
  return request.bytes;
}

function isLocalAddress(row: SocketRow, words: Int32Array, at: number): boolean {
  const skip = wordsToSkip(row);
  for (let word = skip; word < ADDRESS_WORDS; word += 1) {
    if (row.addresses[LOCAL + word] !== networkWord(words[at + word - skip] ?? 0)) return false;
  }
  return true;
}

/** An IPv4 address, v4-mapped or not, is the last word. */
function wordsToSkip(row: Pick<SocketRow, 'localIsIpv4'>): number {
  return row.localIsIpv4 ? ADDRESS_WORDS - 1 : 0;
}
