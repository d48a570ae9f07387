import { formatAddress } from '../../kernel/address.ts';
import { LOCAL, REMOTE, type SocketRow, TCP_TIME_WAIT } from '../../kernel/socket-row.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import type { PortBudget } from '../port-budget.ts';
import { PortSet } from '../tables/port-set.ts';
import { endsInSeconds } from '../time-wait.ts';
import { MAX_TAKEN, type ServiceReading, type TakenPort } from './service-reading.ts';
import type { Listeners, Services } from './services.ts';

/** Ports whose holder is kept during a pass. Chosen: the others are only counted, and a range may be a service's. */
const MAX_HOLDERS = 1000;

/** The socket that has a port, copied from its row. */
interface Holder {
  readonly addresses: Int32Array;
  readonly remotePort: number;
  /** Infinite for one that is not in TIME_WAIT. */
  readonly remainingMs: number;
}

/** What one pass over the TCP rows of a namespace shows of its service ports. */
export class ServiceCensus {
  readonly #services: Services;
  readonly #settings: PortSettings;
  readonly #budget: PortBudget;
  readonly #listeners: Listeners = new Map();
  readonly #held = new PortSet();
  readonly #holders = new Map<number, Holder>();

  constructor(services: Services, settings: PortSettings, budget: PortBudget) {
    this.#services = services;
    this.#settings = settings;
    this.#budget = budget;
  }

  /** A listener; `v6Only`: it leaves the IPv4 port free. */
  addListener(row: SocketRow, v6Only: boolean): void {
    if (this.#budget.includes(row.localPort)) this.#services.note(row, v6Only, this.#listeners);
  }

  /**
   * An outbound row; `bound`: a `bind()` chose its port. Sockets on ports outside the range count by neither source, for
   * netlink does not show them.
   */
  addOutbound(row: SocketRow, bound: boolean): void {
    if (this.#services.ports.has(row.localPort)) this.#addHolder(row, bound);
  }

  /** What became of the service ports; undefined where none is known. No row on a port with a listener is outbound. */
  reading(): ServiceReading | undefined {
    const { ports } = this.#services;
    const known = ports.size;
    if (known === 0) return undefined;
    const takenPorts = this.#held;
    const unsafePorts = ports.intersection(this.#budget.usable).union(takenPorts);
    const taken = takenPorts.size;
    const unsafe = unsafePorts.size;
    return {
      counts: { safe: known - unsafe, exposed: unsafe - taken, taken },
      takenPorts,
      taken: this.#taken(),
      unsafePorts,
    };
  }

  /** The poll was whole: its listeners grow older. `nowMs` is monotonic. */
  keep(nowMs: number): void {
    this.#services.learn(this.#listeners, nowMs);
  }

  #addHolder(row: SocketRow, bound: boolean): void {
    const port = row.localPort;
    const { bindV6Only } = this.#settings;
    // A bind() to one IPv6 address makes the socket IPv6 only (`__inet6_bind` in net/ipv6/af_inet6.c).
    const isV6Only = !row.localIsIpv4 && (row.v6Only ?? (bound || bindV6Only));
    if (!this.#budget.includes(port)) return;
    if (!this.#services.isTakenBy(row, isV6Only, bindV6Only)) return;
    this.#held.add(port);
    const known = this.#holders.get(port);
    const isFull = known === undefined && this.#holders.size >= MAX_HOLDERS;
    if (!isFull && (known === undefined || goesLater(row, known))) {
      this.#holders.set(port, holderOf(row));
    }
  }

  #taken(): readonly TakenPort[] {
    return [...this.#holders]
      .toSorted(([a], [b]) => a - b)
      .slice(0, MAX_TAKEN)
      .map(([port, holder]) => describe(port, holder));
  }
}

function remainingOf({ state, remainingMs }: SocketRow): number {
  return state === TCP_TIME_WAIT ? remainingMs : Number.POSITIVE_INFINITY;
}

/** Among those that go at the same time, or at no known time, the order of the addresses decides: it is the same at each poll. */
function goesLater(row: SocketRow, than: Holder): boolean {
  const remaining = remainingOf(row);
  if (remaining !== than.remainingMs) return remaining > than.remainingMs;
  for (const [index, word] of row.addresses.entries()) {
    const other = than.addresses[index] ?? 0;
    if (word !== other) return word < other;
  }
  return row.remotePort < than.remotePort;
}

function holderOf(row: SocketRow): Holder {
  return {
    addresses: row.addresses.slice(),
    remotePort: row.remotePort,
    remainingMs: remainingOf(row),
  };
}

function describe(port: number, holder: Holder): TakenPort {
  const { addresses, remotePort, remainingMs: remaining } = holder;
  return {
    port,
    localAddress: formatAddress(addresses, LOCAL),
    remoteAddress: formatAddress(addresses, REMOTE),
    remotePort,
    freeInSeconds: Number.isFinite(remaining) ? endsInSeconds(remaining) : undefined,
  };
}
