import { parseAddress } from '../kernel/address.ts';
import { LOCAL, REMOTE, SocketRow } from '../kernel/socket-row.ts';
import {
  CLOSE_WAIT,
  ESTABLISHED,
  HELD,
  RETURN_PERIODS,
  RETURNING,
  REUSABLE,
  SYN_SENT,
  TAKEN,
  TIME_WAIT,
} from './tables/endpoint-fields.ts';
import type { EndpointTable } from './tables/endpoint-table.ts';
import { largest } from './tables/largest.ts';
import { type FirstPass, identityOf, type Pool, type PoolUsage } from './pool.ts';
import type { PortSet } from './tables/port-set.ts';
import type { TcpCensus } from './census/tcp-census.ts';

const NONE_RETURNING: readonly number[] = Array.from({ length: RETURN_PERIODS }, () => 0);

/** The connect pools of one namespace: what each endpoint holds, and what it may still have. */
export class ConnectPools {
  /** Ports of the range, not reserved, that a `bind()` owns. */
  readonly blocked: PortSet;
  /** Ports that one endpoint can use. */
  readonly capacity: number;
  /** The first pass of an endpoint that holds nothing. */
  readonly firstPass: FirstPass;
  /** Endpoints that hold a port. */
  readonly size: number;
  /** Ports held, summed over all endpoints. */
  readonly held: number;
  /** Of the fullest endpoint; 0 when there is none, but 1 when there is no capacity for any. */
  readonly worstUsageRatio: number;
  readonly #namespaceId: number;
  readonly #tables: readonly EndpointTable[];

  /** `census` must be closed. The pools are valid until the next census of the namespace begins. */
  constructor(census: TcpCensus, namespaceId: number) {
    const { budget, outbound } = census;
    this.#namespaceId = namespaceId;
    this.blocked = census.owned.intersection(budget.usable);
    this.capacity = budget.usable.size - this.blocked.size;
    this.#tables = outbound.tables;
    this.firstPass = { size: budget.firstPassSize, taken: budget.firstPassLost(this.blocked) };
    const { size, held, taken } = sumUp(this.#tables);
    this.size = size;
    this.held = held;
    this.worstUsageRatio = this.capacity === 0 ? 1 : taken / this.capacity;
  }

  /** The `count` endpoints with the highest usage ratio, then the most held ports; in no order. */
  fullest(count: number): readonly PoolUsage[] {
    return this.#tables
      .flatMap((table) => fullestOf(table, count).map((id) => this.#usage(table, id)))
      .toSorted((a, b) => score(b) - score(a))
      .slice(0, count);
  }

  /** What `pool` uses; nothing held where no row belongs to it. */
  usageOf(pool: Pool): PoolUsage {
    const row = probe(pool);
    for (const table of this.#tables) {
      const id = pool.family === table.family ? table.find(row) : -1;
      if (id >= 0 && table.count(id, HELD) > 0) return this.#usage(table, id);
    }
    return this.#idle(pool);
  }

  #idle(pool: Pool): PoolUsage {
    return {
      ...identityOf(pool),
      capacity: this.capacity,
      held: 0,
      states: { established: 0, synSent: 0, timeWait: 0, closeWait: 0, other: 0 },
      reusable: 0,
      available: this.capacity,
      returning: NONE_RETURNING,
      firstPass: this.firstPass,
    };
  }

  #usage(table: EndpointTable, id: number): PoolUsage {
    const pool = { namespaceId: this.#namespaceId, ...identity(table, id) };
    const taken = table.count(id, TAKEN) + takenWithoutDevice(table, pool);
    const held = table.count(id, HELD);
    const [established, synSent] = [table.count(id, ESTABLISHED), table.count(id, SYN_SENT)];
    const [timeWait, closeWait] = [table.count(id, TIME_WAIT), table.count(id, CLOSE_WAIT)];
    return {
      ...pool,
      capacity: this.capacity,
      held,
      states: {
        established,
        synSent,
        timeWait,
        closeWait,
        other: held - established - synSent - timeWait - closeWait,
      },
      reusable: table.count(id, REUSABLE),
      available: Math.max(0, this.capacity - taken),
      returning: timeWait === 0 ? NONE_RETURNING : returning(table, id),
      firstPass: {
        size: this.firstPass.size,
        taken: Math.min(this.firstPass.size, this.firstPass.taken + table.firstPassTaken(id)),
      },
    };
  }
}

/**
 * A socket without a device is in the way of one that is bound to a device, but not the other way round
 * (`inet_sk_bound_dev_eq` in include/net/inet_sock.h). A port that both hold counts twice.
 */
function takenWithoutDevice(table: EndpointTable, pool: Pool): number {
  const [localAddress = '', device] = pool.localAddress.split('%');
  if (device === undefined) return 0;
  const twin = table.find(probe({ ...pool, localAddress }));
  return twin < 0 ? 0 : table.count(twin, TAKEN);
}

function returning(table: EndpointTable, id: number): readonly number[] {
  return NONE_RETURNING.map((_, period) => table.count(id, RETURNING + period));
}

interface Sum {
  size: number;
  held: number;
  /** Of the fullest endpoint. */
  taken: number;
}

function sumUp(tables: readonly EndpointTable[]): Sum {
  const sum: Sum = { size: 0, held: 0, taken: 0 };
  for (const table of tables) {
    for (let id = 0; id < table.size; id += 1) {
      const held = table.count(id, HELD);
      sum.size += Number(held > 0);
      sum.held += held;
      sum.taken = Math.max(sum.taken, table.count(id, TAKEN));
    }
  }
  return sum;
}

/** The `count` endpoints with the most taken, then the most held ports; those that hold none left out. */
function fullestOf(table: EndpointTable, count: number): readonly number[] {
  const ids = largest(
    table.size,
    count,
    (id) => table.count(id, TAKEN) * 0x10000 + table.count(id, HELD),
  );
  return ids.filter((id) => table.count(id, HELD) > 0);
}

function score({ capacity, available, held }: PoolUsage): number {
  return (capacity - available) * 0x10000 + held;
}

function identity(table: EndpointTable, id: number): Omit<Pool, 'namespaceId'> {
  return {
    kind: 'connect',
    protocol: 'tcp',
    family: table.family,
    localAddress: table.localAddress(id),
    remoteAddress: table.remoteAddress(id),
    remotePort: table.remotePort(id),
  };
}

/** A row of the endpoint, to find it by. */
function probe(pool: Pool): SocketRow {
  const row = new SocketRow();
  const [address = '', device = '0'] = pool.localAddress.split('%');
  row.addresses.set(parseAddress(address), LOCAL);
  row.addresses.set(parseAddress(pool.remoteAddress), REMOTE);
  row.remotePort = pool.remotePort;
  row.device = Number(device);
  return row;
}
