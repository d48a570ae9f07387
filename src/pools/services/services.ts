import type { SocketRow } from '../../kernel/socket-row.ts';
import { PortSet } from '../tables/port-set.ts';
import { addressKey, type ServiceAddress, serviceAt, serviceOf } from './service-address.ts';

/** Ports of services that somebody has named; see `service_ports` in src/config/README.md. */
export interface NamedPorts {
  readonly low: number;
  /** Included. */
  readonly high: number;
  /** Canonical; empty: a wildcard of any family. */
  readonly address: string;
}

/** How long a port must have a listener until it is known as a service port: the contract. */
const LISTENING_MS = 600_000;

/**
 * Listeners of a namespace that are followed, and that become services, at most. Chosen: 4,096 take a megabyte, and a node
 * with thousands of services listens outside the range.
 */
const MAX_LISTENERS = 4096;

/** What one poll has seen of the listeners on ports of the range, by port and address. */
export type Listeners = Map<
  string | number,
  { readonly port: number; readonly address: ServiceAddress }
>;

/** The service ports of one namespace: those that are named, and those that had a listener for long. */
export class Services {
  #named: readonly NamedPorts[] = [];
  #namedPorts = new PortSet();
  /** By port. */
  readonly #learned = new Map<number, ServiceAddress[]>();
  readonly #learnedPorts = new PortSet();
  readonly #learnedKeys = new Set<string | number>();
  /** When a listener was first seen that has been there at each poll since, on the monotonic clock. */
  #since: ReadonlyMap<string | number, number> = new Map();
  #ports = new PortSet();

  /** All known service ports. */
  get ports(): PortSet {
    return this.#ports;
  }

  /** Puts the ports in force that are named for the namespace. */
  name(named: readonly NamedPorts[]): void {
    this.#named = named;
    this.#namedPorts = PortSet.of(this.#named);
    this.#join();
  }

  /** Adds a listener to those that a pass has seen, unless its service is known. */
  note(row: SocketRow, v6Only: boolean, listeners: Listeners): void {
    const address = addressKey(row, v6Only);
    const port = row.localPort;
    const key = typeof address === 'number' ? port * 2 ** 34 + address : `${port} ${address}`;
    if (listeners.size >= MAX_LISTENERS || this.#learnedKeys.has(key)) return;
    if (!listeners.has(key)) listeners.set(key, { port, address: serviceOf(row, v6Only) });
  }

  /** Ends a poll: listeners that have been there for long become services. `nowMs` is monotonic. */
  learn(listeners: Listeners, nowMs: number): void {
    const since = new Map<string | number, number>();
    for (const [key, { port, address }] of listeners) {
      const seenMs = this.#since.get(key) ?? nowMs;
      if (nowMs - seenMs >= LISTENING_MS) this.#learn(key, port, address);
      else since.set(key, seenMs);
    }
    this.#since = since;
  }

  /** Whether a service of the row's port cannot bind it because of the row, an outbound one. */
  isTakenBy(row: SocketRow, isV6Only: boolean, bindV6Only: boolean): boolean {
    const port = row.localPort;
    const learned = this.#learned.get(port) ?? [];
    return (
      learned.some((address) => address.conflictsWith(row, isV6Only)) ||
      this.#named.some(
        ({ low, high, address }) =>
          low <= port &&
          port <= high &&
          serviceAt(address, bindV6Only).conflictsWith(row, isV6Only),
      )
    );
  }

  #learn(key: string | number, port: number, address: ServiceAddress): void {
    if (this.#learnedKeys.size >= MAX_LISTENERS) return;
    const known = this.#learned.get(port);
    if (known === undefined) this.#learned.set(port, [address]);
    else known.push(address);
    this.#learnedKeys.add(key);
    this.#learnedPorts.add(port);
    this.#join();
  }

  #join(): void {
    this.#ports = this.#namedPorts.union(this.#learnedPorts);
  }
}
