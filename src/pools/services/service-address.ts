import {
  ADDRESS_WORDS,
  formatAddress,
  isIpv4,
  isWildcard,
  parseAddress,
} from '../../kernel/address.ts';
import { LOCAL, type SocketRow } from '../../kernel/socket-row.ts';

/** Which local address a service binds, and what of the ports of others keeps it from doing so. */
export interface ServiceAddress {
  /** Whether `bind()` of one of the service's ports fails, because the outbound socket of the row has that port. */
  conflictsWith(row: SocketRow, isV6Only: boolean): boolean;
}

/** A service that binds a wildcard address, nobody knows of which family: it conflicts with all. */
export const ANY_ADDRESS: ServiceAddress = { conflictsWith: () => true };

/**
 * A service at the address in canonical text; empty: any. `bindV6Only` is the sysctl of that name, which decides for `::`
 * whether the service needs the IPv4 port too.
 */
export function serviceAt(address: string, bindV6Only: boolean): ServiceAddress {
  if (address === '') return ANY_ADDRESS;
  const words = parseAddress(address);
  return isWildcard(words, 0) ? wildcard(isIpv4(words, 0), bindV6Only) : specific(words);
}

/** A service at the local address of a listener; `v6Only`: it leaves the IPv4 port free. */
export function serviceOf(row: SocketRow, v6Only: boolean): ServiceAddress {
  const { addresses } = row;
  if (isWildcard(addresses, LOCAL)) return wildcard(row.localIsIpv4, v6Only);
  return specific(addresses.slice(LOCAL, LOCAL + ADDRESS_WORDS));
}

/**
 * Names the local address of a listener: a number below 2³⁴ where it is IPv4 or a wildcard, else text. A number, because it is
 * made for each listener at each poll.
 */
export function addressKey(row: SocketRow, v6Only: boolean): number | string {
  const { addresses } = row;
  if (row.localIsIpv4) return (addresses[LOCAL + ADDRESS_WORDS - 1] ?? 0) >>> 0;
  return isWildcard(addresses, LOCAL) ? 2 ** 32 + Number(v6Only) : formatAddress(addresses, LOCAL);
}

/**
 * `inet_rcv_saddr_equal` in net/ipv4/inet_connection_sock.c: `0.0.0.0` conflicts with every socket that is not IPv6 only,
 * `::` with every one, unless it is v6only itself: then with those of IPv6 addresses.
 */
function wildcard(isOfIpv4: boolean, v6Only: boolean): ServiceAddress {
  if (isOfIpv4) return { conflictsWith: (row, isV6Only) => row.localIsIpv4 || !isV6Only };
  return v6Only ? { conflictsWith: (row) => !row.localIsIpv4 } : ANY_ADDRESS;
}

function specific(words: Int32Array): ServiceAddress {
  return {
    conflictsWith: ({ addresses }) =>
      words.every((word, index) => word === addresses[LOCAL + index]),
  };
}
