import { type Family, isWildcard } from '../../kernel/address.ts';
import { LOCAL, type SocketRow } from '../../kernel/socket-row.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import type { JudgedAddress, JudgedAddresses } from './judged-addresses.ts';
import { PortSet } from '../tables/port-set.ts';

/** Ports that a TCP `bind()` without a port cannot be given, because a socket of any kind is on them. */
export class BindConflicts {
  /** Ports with any TCP socket. */
  readonly any = new PortSet();
  /** Those of them that conflict with a `bind()` to `0.0.0.0`. */
  readonly ipv4 = new PortSet();
  /** Those of them that conflict with a `bind()` to `::`. */
  readonly ipv6 = new PortSet();
  /** Ports with a socket of a wildcard address, which conflict with a `bind()` to any address of the family. */
  readonly wildcard: Readonly<Record<Family, PortSet>> = {
    ipv4: new PortSet(),
    ipv6: new PortSet(),
  };
  readonly #bindV6Only: boolean;
  readonly #judged: JudgedAddresses;

  constructor(settings: PortSettings, judged: JudgedAddresses) {
    this.#bindV6Only = settings.bindV6Only;
    this.#judged = judged;
    judged.begin();
  }

  /** Frees the memory of all but `any`, once the pools are counted. */
  release(): void {
    for (const set of [this.ipv4, this.ipv6, this.wildcard.ipv4, this.wildcard.ipv6]) set.clear();
  }

  /** Adds the port of a socket of any state, but not to `ipv4`: whether it belongs there the caller decides. */
  add(row: SocketRow): void {
    this.any.add(row.localPort);
    if (!(this.#bindV6Only && row.localIsIpv4)) this.ipv6.add(row.localPort);
    if (isWildcard(row.addresses, LOCAL)) this.#addWildcard(row);
    else this.#judged.find(row)?.add(row);
  }

  /** Ports that a `bind()` to the address cannot be given without naming one (`inet_csk_bind_conflict`). */
  takenAt({ family, ports }: JudgedAddress): PortSet {
    return ports.union(this.wildcard[family]);
  }

  /**
   * Whether a connected or closed row's port is taken for a `bind()` to `0.0.0.0`; `isDualStack` is assumed of its socket
   * where the kernel does not say.
   */
  takesIpv4(row: SocketRow, isDualStack: boolean): boolean {
    if (row.localIsIpv4) return true;
    return row.v6Only === undefined ? isDualStack : !row.v6Only;
  }

  #addWildcard(row: SocketRow): void {
    if (!row.localIsIpv4) this.wildcard.ipv6.add(row.localPort);
    if (row.localIsIpv4 || !this.isV6Only(row)) this.wildcard.ipv4.add(row.localPort);
  }

  /**
   * Whether a socket that was bound to the row's local address leaves the same IPv4 port free: it has IPV6_V6ONLY,
   * or is bound to one IPv6 address (`__inet6_bind` in net/ipv6/af_inet6.c). Where the source does not show
   * IPV6_V6ONLY, sysctl bindv6only is taken for it.
   */
  isV6Only(row: SocketRow): boolean {
    if (row.localIsIpv4) return false;
    return (row.v6Only ?? this.#bindV6Only) || !isWildcard(row.addresses, LOCAL);
  }
}
