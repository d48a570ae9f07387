import { capacityRatio } from './capacity-ratio.ts';
import { parseAddress } from '../kernel/address.ts';
import type { PortSettings } from '../kernel/proc/sysctl.ts';
import type { TcpCensus } from './census/tcp-census.ts';
import { FailedEndpoints } from './failed-endpoints.ts';
import type { PoolFailures } from './failures.ts';
import type { FirstPass, Pool, PoolUsage } from './pool.ts';
import type { PoolCounts, PoolView } from './pool-view.ts';
import {
  CLOSE_WAIT,
  ESTABLISHED,
  HELD,
  NO_TIMESTAMPS,
  OPENED,
  RETURN_PERIODS,
  RETURNING,
  REUSABLE,
  SYN_SENT,
  TAKEN,
  TIME_WAIT,
} from './tables/endpoint-fields.ts';
import type { EndpointTable } from './tables/endpoint-table.ts';
import type { PortSet } from './tables/port-set.ts';
import { reuseWouldApply } from './time-wait.ts';

const NONE_RETURNING: readonly number[] = Array.from({ length: RETURN_PERIODS }, () => 0);

/** An address in canonical text, and a port. */
export type RemoteEnd = Pick<Pool, 'remoteAddress' | 'remotePort'>;

/**
 * The connect pools of one namespace: one per endpoint, those of the IPv4 table first, then those of the IPv6
 * table. Reads the endpoint tables, so it is valid until the next poll begins.
 */
export class ConnectPools implements PoolView {
  readonly kind = 'connect';
  readonly inUse = true;
  readonly capacity: number;
  readonly blocked: number;
  readonly holding: number;
  readonly held: number;
  readonly worstUsageRatio: number;
  /** Ports of the range, not reserved, that a `bind()` owns. */
  readonly blockedPorts: PortSet;
  /** The first pass of an endpoint that holds nothing. */
  readonly firstPass: FirstPass;
  readonly #namespaceId: number;
  readonly #settings: PortSettings;
  readonly #failed: FailedEndpoints;
  readonly #ipv4: EndpointTable;
  readonly #ipv6: EndpointTable;

  /** `census` must be finished. */
  constructor(
    census: TcpCensus,
    namespaceId: number,
    failed = new FailedEndpoints(undefined, census.endpoints),
  ) {
    this.#failed = failed;
    const { budget, endpoints, settings } = census;
    this.#namespaceId = namespaceId;
    this.#settings = settings;
    this.#ipv4 = endpoints.ipv4;
    this.#ipv6 = endpoints.ipv6;
    this.blockedPorts = census.boundPorts.intersection(budget.usable);
    this.blocked = this.blockedPorts.size;
    this.capacity = budget.usableSize - this.blocked;
    this.firstPass = {
      size: budget.firstPassSize,
      taken: budget.firstPassLost(this.blockedPorts),
    };
    const { holding, held, maxTaken } = sumUp(endpoints.tables);
    this.holding = holding;
    this.held = held;
    this.worstUsageRatio = Math.min(1, capacityRatio(maxTaken, this.capacity));
  }

  get size(): number {
    return this.#ipv4.size + this.#ipv6.size;
  }

  /** The endpoints with this remote end. */
  towards({ remoteAddress, remotePort }: RemoteEnd): readonly number[] {
    const words = parseAddress(remoteAddress);
    const found: number[] = [];
    for (let index = 0; index < this.size; index += 1) {
      if (this.#table(index).keys.isTowards(this.#id(index), words, remotePort)) found.push(index);
    }
    return found;
  }

  heldAt(index: number): number {
    return this.#table(index).count(this.#id(index), HELD);
  }

  boundAt(index: number): number {
    return boundOf(this.#table(index), this.#id(index));
  }

  takenAt(index: number): number {
    const [table, id] = [this.#table(index), this.#id(index)];
    return Math.min(this.capacity, table.count(id, TAKEN) + takenWithoutDevice(table, id));
  }

  ticketAt(index: number): number {
    return this.#table(index).ticket(this.#id(index));
  }

  setTicket(index: number, ticket: number): void {
    this.#table(index).setTicket(this.#id(index), ticket);
  }

  /** It is asked for each endpoint at each poll, and nearly always there was none at all. */
  hasFailedAt(index: number): boolean {
    return this.#failed.hasConnects && this.#failuresOf(index)?.isRecent === true;
  }

  isExportedAt(): boolean {
    return true;
  }

  measure(index: number, into: PoolCounts): void {
    const [table, id] = [this.#table(index), this.#id(index)];
    into.capacity = this.capacity;
    into.held = table.count(id, HELD);
    into.taken = this.takenAt(index);
    into.returning = 0;
    into.established = table.count(id, ESTABLISHED);
    into.synSent = table.count(id, SYN_SENT);
    into.timeWait = table.count(id, TIME_WAIT);
    into.closeWait = table.count(id, CLOSE_WAIT);
    into.firstPassSize = this.firstPass.size;
    into.firstPassTaken = this.#firstPassTaken(table, id);
    into.opened = table.count(id, OPENED);
    const failures = this.#failuresOf(index);
    into.failures = failures?.lastMinute ?? 0;
    into.hasFailed = failures?.isRecent === true;
    if (into.timeWait === 0) return;
    for (let period = 0; period < RETURN_PERIODS; period += 1) {
      into.returning += table.count(id, RETURNING + period);
    }
  }

  usageAt(index: number): PoolUsage {
    const [table, id] = [this.#table(index), this.#id(index)];
    const held = table.count(id, HELD);
    const [established, synSent] = [table.count(id, ESTABLISHED), table.count(id, SYN_SENT)];
    const [timeWait, closeWait] = [table.count(id, TIME_WAIT), table.count(id, CLOSE_WAIT)];
    const other = held - established - synSent - timeWait - closeWait;
    const failures = this.#failuresOf(index);
    return {
      namespaceId: this.#namespaceId,
      kind: this.kind,
      protocol: 'tcp',
      family: table.family,
      localAddress: table.keys.localAddress(id),
      remoteAddress: table.keys.remoteAddress(id),
      remotePort: table.keys.remotePort(id),
      capacity: this.capacity,
      held,
      states: { established, synSent, timeWait, closeWait, other },
      bound: boundOf(table, id),
      blocked: this.blocked,
      reusable: table.count(id, REUSABLE),
      available: this.capacity - this.takenAt(index),
      returning: timeWait === 0 ? NONE_RETURNING : returning(table, id),
      firstPass: { size: this.firstPass.size, taken: this.#firstPassTaken(table, id) },
      reuseWouldHelp: this.#reuseWouldHelp(table, id),
      ...(failures !== undefined && { failures }),
    };
  }

  #failuresOf(index: number): PoolFailures | undefined {
    return this.#failed.connectsOf(this.#table(index), this.#id(index));
  }

  #reuseWouldHelp(table: EndpointTable, id: number): boolean {
    const row = table.keys.rowWithoutDevice(id);
    row.device = table.keys.device(id);
    return !table.has(id, NO_TIMESTAMPS) && reuseWouldApply(row, this.#settings);
  }

  #firstPassTaken(table: EndpointTable, id: number): number {
    return Math.min(this.firstPass.size, this.firstPass.taken + table.firstPassTaken(id));
  }

  #table(index: number): EndpointTable {
    return index < this.#ipv4.size ? this.#ipv4 : this.#ipv6;
  }

  #id(index: number): number {
    return index < this.#ipv4.size ? index : index - this.#ipv4.size;
  }
}

/**
 * Ports that sockets without a device take from an endpoint whose sockets are bound to a device; 0 for an endpoint
 * without a device, because the reverse does not hold (`inet_sk_bound_dev_eq` in include/net/inet_sock.h). A port
 * that both hold counts twice.
 */
function takenWithoutDevice(table: EndpointTable, id: number): number {
  if (table.keys.device(id) === 0) return 0;
  const other = table.withoutDevice(id);
  return other < 0 ? 0 : table.count(other, TAKEN);
}

/** Held ports that are in no capacity. */
function boundOf(table: EndpointTable, id: number): number {
  return table.count(id, HELD) - table.count(id, REUSABLE) - table.count(id, TAKEN);
}

function returning(table: EndpointTable, id: number): readonly number[] {
  return NONE_RETURNING.map((_, period) => table.count(id, RETURNING + period));
}

interface Sum {
  /** Endpoints that hold a port. */
  holding: number;
  /** Ports held, summed over all endpoints. */
  held: number;
  /** Taken ports of the endpoint that has most of them, those that sockets without a device take from it among them. */
  maxTaken: number;
}

function sumUp(tables: readonly EndpointTable[]): Sum {
  const sum: Sum = { holding: 0, held: 0, maxTaken: 0 };
  for (const table of tables) {
    for (let id = 0; id < table.size; id += 1) {
      const held = table.count(id, HELD);
      sum.holding += Number(held > 0);
      sum.held += held;
      const taken = table.count(id, TAKEN) + takenWithoutDevice(table, id);
      sum.maxTaken = Math.max(sum.maxTaken, taken);
    }
  }
  return sum;
}
