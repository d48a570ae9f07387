import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import { PortSet } from '../pools/tables/port-set.ts';
import type { NamespaceReading } from './namespace-reader.ts';
import { readOrNot, type ScanResult } from './scan-result.ts';

/** When something began, as far as two looks tell: Unix times in seconds. */
export interface Began {
  /** The first look that found it so, as each one since. */
  readonly atLatestSeconds: number;
  /** The last look before, which did not; undefined where nobody had looked. */
  readonly atEarliestSeconds: number | undefined;
}

/**
 * What is followed of each port: whether it has a listener, whether a client keeps a known service from it, and whether a
 * `bind()` owns it. An ordinary connection is not: it would be a map of all rows at each poll.
 */
export const FOLLOWED = ['listening', 'taken', 'bound'] as const;
export type Followed = (typeof FOLLOWED)[number];

/** Ports that are remembered in all namespaces together; beyond it new ones are not. Chosen: 2 MB. */
const MAX_PORTS = 16_384;

const NO_PORTS = new PortSet();

/** Since when each port of one set has been in it. What leaves and comes back between two polls is not seen. */
class PortTimes {
  #ports = NO_PORTS;
  readonly #began = new Map<number, Began>();

  get size(): number {
    return this.#began.size;
  }

  began(port: number): Began | undefined {
    return this.#began.get(port);
  }

  /** Takes over what the set is now. `room` is how many ports more may be remembered. */
  update(now: PortSet, began: Began, room: number): void {
    if (now.equals(this.#ports)) return;
    for (const port of portsOf(this.#ports.difference(now))) this.#began.delete(port);
    for (const port of portsOf(now.difference(this.#ports)).slice(0, Math.max(0, room))) {
      this.#began.set(port, began);
    }
    // A copy, for the poll goes on with its own.
    this.#ports = now.union(now);
  }
}

/** What is remembered of one namespace. */
class NamespacePorts {
  identity: NetnsIdentity;
  readonly #times: Readonly<Record<Followed, PortTimes>> = {
    listening: new PortTimes(),
    taken: new PortTimes(),
    bound: new PortTimes(),
  };
  #readAtSeconds: number | undefined;

  constructor(identity: NetnsIdentity) {
    this.identity = identity;
  }

  get size(): number {
    return FOLLOWED.reduce((sum, what) => sum + this.#times[what].size, 0);
  }

  began(port: number, what: Followed): Began | undefined {
    return this.#times[what].began(port);
  }

  update({ tcp, connect, services }: NamespaceReading, nowSeconds: number, room: number): void {
    const began = { atLatestSeconds: nowSeconds, atEarliestSeconds: this.#readAtSeconds };
    const { listening, taken, bound } = this.#times;
    listening.update(tcp.listening, began, room - this.size);
    taken.update(services?.takenPorts ?? NO_PORTS, began, room - this.size);
    bound.update(connect.blockedPorts, began, room - this.size);
    this.#readAtSeconds = nowSeconds;
  }
}

/** Remembers from poll to poll since when ports have a listener, are taken or are bound. Only ports that change cost anything. */
export class PortWatch {
  #namespaces: ReadonlyMap<number, NamespacePorts> = new Map();

  /** Takes over what a scan has read. What was not read now is as it was. `nowSeconds` is Unix time. */
  update(scan: ScanResult, nowSeconds: number): void {
    const before = this.#namespaces;
    const now = new Map<number, NamespacePorts>();
    const { read, notRead } = readOrNot(scan);
    for (const id of notRead) {
      const known = before.get(id);
      if (known !== undefined) now.set(id, known);
    }
    for (const { namespace } of read) {
      const known = before.get(namespace.id) ?? new NamespacePorts(namespace.identity);
      known.identity = namespace.identity;
      now.set(namespace.id, known);
    }
    let room = MAX_PORTS - [...now.values()].reduce((sum, { size }) => sum + size, 0);
    for (const reading of read) {
      const ports = now.get(reading.namespace.id);
      if (ports === undefined) continue;
      const size = ports.size;
      ports.update(reading, nowSeconds, room + size);
      room -= ports.size - size;
    }
    this.#namespaces = now;
  }

  /** Undefined where it is not so, or not remembered. */
  began({ netns, nsInode }: NetnsIdentity, port: number, what: Followed): Began | undefined {
    for (const known of this.#namespaces.values()) {
      const { identity } = known;
      if (identity.netns === netns && identity.nsInode === nsInode) return known.began(port, what);
    }
    return undefined;
  }
}

function portsOf(set: PortSet): readonly number[] {
  const runs = set.toRuns();
  const ports: number[] = [];
  for (let at = 0; at < runs.length; at += 2) {
    for (let port = runs[at] ?? 0; port <= (runs[at + 1] ?? 0); port += 1) ports.push(port);
  }
  return ports;
}
