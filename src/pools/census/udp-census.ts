import { type Family, isWildcard } from '../../kernel/address.ts';
import { LOCAL, type SocketRow, TCP_ESTABLISHED } from '../../kernel/socket-row.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import type { PortBudget } from '../port-budget.ts';
import type { SharedPool } from '../shared-pools.ts';
import { PortSet } from '../tables/port-set.ts';
import { UdpDestinations } from './udp-destinations.ts';

/** The ports that one family's UDP sockets hold. */
class FamilyPorts {
  readonly held = new PortSet();
  readonly connected = new PortSet();
  readonly destinations = new UdpDestinations();
}

/**
 * Counts one pass over a namespace's UDP rows. An unbound socket gets a port that no other socket has, so there is one
 * budget per family (`udp_lib_get_port` in net/ipv4/udp.c).
 */
export class UdpCensus {
  readonly #budget: PortBudget;
  readonly #bindV6Only: boolean;
  readonly #ipv4 = new FamilyPorts();
  readonly #ipv6 = new FamilyPorts();
  /** Ports of IPv6 sockets that take the IPv4 port too. */
  readonly #dualStack = new PortSet();
  /** Ports named in a `bind()`; only IPv6 rows are looked up here. */
  readonly #explicit = new PortSet();

  constructor(settings: PortSettings, budget: PortBudget) {
    this.#budget = budget;
    this.#bindV6Only = settings.bindV6Only;
  }

  /** A row whose port was named in a `bind()`; `visit` gets it too. */
  visitExplicit(row: SocketRow): void {
    this.#explicit.add(row.localPort);
  }

  visit(row: SocketRow): void {
    const family = row.localIsIpv4 ? this.#ipv4 : this.#ipv6;
    const connected = row.state === TCP_ESTABLISHED;
    family.held.add(row.localPort);
    if (connected) {
      family.connected.add(row.localPort);
      if (this.#budget.usable.has(row.localPort)) family.destinations.add(row);
    }
    if (family === this.#ipv6 && this.#takesIpv4(row, connected))
      this.#dualStack.add(row.localPort);
  }

  /**
   * Whether an IPv6 row takes the IPv4 port too. Unless it is v6only, a wildcard socket does, and so does one whose port
   * was chosen by `connect()`, whatever local address it got (`__ip6_datagram_connect` in net/ipv6/datagram.c). A socket
   * bound to one IPv6 address does not.
   */
  #takesIpv4(row: SocketRow, connected: boolean): boolean {
    if (row.v6Only ?? this.#bindV6Only) return false;
    const autobound = connected && !this.#explicit.has(row.localPort);
    return autobound || isWildcard(row.addresses, LOCAL);
  }

  /** The pool of one family. */
  pool(family: Family): SharedPool {
    const { usable, usableSize } = this.#budget;
    const own = family === 'ipv4' ? this.#ipv4 : this.#ipv6;
    return {
      family,
      capacity: usableSize,
      held: own.held.intersectionSize(usable),
      taken: this.#takenFrom(family).intersectionSize(usable),
      established: own.connected.intersectionSize(usable),
      destinations: () => own.destinations.largest(),
    };
  }

  /** An IPv6 socket needs a port that is free in both families, unless it is v6only. */
  #takenFrom(family: Family): PortSet {
    if (family === 'ipv4') return this.#ipv4.held.union(this.#dualStack);
    return this.#bindV6Only ? this.#ipv6.held : this.#ipv6.held.union(this.#ipv4.held);
  }
}
