import { isWildcard } from '../../kernel/address.ts';
import { LOCAL, type SocketRow } from '../../kernel/socket-row.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import { PortSet } from '../tables/port-set.ts';

/** Which ports TCP sockets occupy, whoever they are: what a `bind()` that names no port has to go round. */
export class BindConflicts {
  /** Ports with any TCP row. */
  readonly any = new PortSet();
  /** Those of them that a `bind()` to `0.0.0.0` cannot have. */
  readonly ipv4 = new PortSet();
  /** Those of them that a `bind()` to `::` cannot have. */
  readonly ipv6 = new PortSet();
  readonly #bindV6Only: boolean;

  constructor(settings: PortSettings) {
    this.#bindV6Only = settings.bindV6Only;
  }

  /** A row of any kind; whether it takes the IPv4 port too is the caller's to say. */
  add(row: SocketRow): void {
    this.any.add(row.localPort);
    if (!(this.#bindV6Only && row.localIsIpv4)) this.ipv6.add(row.localPort);
  }

  /**
   * Whether a socket that was bound to the row's local address, and to nothing else, leaves the IPv4 port.
   * One that is bound to one IPv6 address does (`__inet6_bind` in net/ipv6/af_inet6.c).
   */
  isV6Only(row: SocketRow): boolean {
    if (row.localIsIpv4) return false;
    return (row.v6Only ?? this.#bindV6Only) || !isWildcard(row.addresses, LOCAL);
  }
}
