import { parseAddress } from '../kernel/address.ts';
import { LOCAL, REMOTE, SocketRow } from '../kernel/socket-row.ts';
import {
  CLOSE_WAIT,
  type EndpointTable,
  ESTABLISHED,
  FIRST_PASS_TAKEN,
  OTHER,
  RETURN_PERIODS,
  RETURNING,
  REUSABLE,
  SYN_SENT,
  TAKEN,
  TIME_WAIT,
} from './endpoint-table.ts';
import { largest } from './largest.ts';
import { type Pool, type PoolUsage, usageRatio } from './pool.ts';
import type { PortSet } from './port-set.ts';
import type { TcpCensus } from './tcp-census.ts';

interface EndpointRef {
  readonly table: EndpointTable;
  readonly id: number;
}

const NONE_RETURNING: readonly number[] = Array.from({ length: RETURN_PERIODS }, () => 0);

/** The connect pools of one namespace: what each endpoint holds, and what it may still have. */
export class ConnectPools {
  /** Ports of the range, not reserved, that a `bind()` owns. */
  readonly blocked: PortSet;
  /** Ports that one endpoint can use. */
  readonly capacity: number;
  readonly #tables: readonly EndpointTable[];
  readonly #firstPassSize: number;
  readonly #firstPassLost: number;

  /** `census` must be closed. */
  constructor(census: TcpCensus) {
    const { budget, outbound } = census;
    this.blocked = census.owned.intersection(budget.usable);
    this.capacity = budget.usable.size - this.blocked.size;
    this.#tables = [outbound.ipv4, outbound.ipv6];
    this.#firstPassSize = budget.firstPassSize;
    this.#firstPassLost = budget.firstPassLost(this.blocked);
  }

  /** Endpoints that hold a port. */
  get size(): number {
    return this.#tables.reduce((sum, table) => sum + table.size, 0);
  }

  /** Ports held, summed over all endpoints. */
  get held(): number {
    let held = 0;
    for (const table of this.#tables) {
      for (let id = 0; id < table.size; id += 1) held += table.held(id);
    }
    return held;
  }

  /** Of the fullest endpoint; 0 when there is none, but 1 when there is no capacity for any. */
  get worstUsageRatio(): number {
    const [worst] = this.fullest(1);
    return worst === undefined ? Number(this.capacity === 0) : usageRatio(worst);
  }

  /** The `count` endpoints with the highest usage ratio, then the most held ports; in no order. */
  fullest(count: number): readonly PoolUsage[] {
    return this.#refs(count).map((ref) => this.#usage(ref));
  }

  /** What `pool` uses; nothing held where no row belongs to it. */
  usageOf(pool: Pool): PoolUsage {
    const row = probe(pool);
    for (const table of this.#tables) {
      const id = pool.family === table.family ? table.find(row) : -1;
      if (id >= 0) return this.#usage({ table, id });
    }
    return this.#idle(pool);
  }

  #idle(pool: Pool): PoolUsage {
    return {
      kind: pool.kind,
      protocol: pool.protocol,
      family: pool.family,
      localAddress: pool.localAddress,
      remoteAddress: pool.remoteAddress,
      remotePort: pool.remotePort,
      capacity: this.capacity,
      held: 0,
      states: { established: 0, synSent: 0, timeWait: 0, closeWait: 0, other: 0 },
      reusable: 0,
      available: this.capacity,
      returning: NONE_RETURNING,
      firstPass: { size: this.#firstPassSize, taken: this.#firstPassLost },
    };
  }

  #refs(count: number): readonly EndpointRef[] {
    const [first, second] = this.#tables;
    if (first === undefined || second === undefined) return [];
    const refAt = (index: number): EndpointRef =>
      index < first.size ? { table: first, id: index } : { table: second, id: index - first.size };
    const score = (index: number): number => {
      const { table, id } = refAt(index);
      return table.count(id, TAKEN) * 0x10000 + table.held(id);
    };
    return largest(this.size, count, score).map(refAt);
  }

  #usage({ table, id }: EndpointRef): PoolUsage {
    const held = table.held(id);
    return {
      ...identity(table, id),
      capacity: this.capacity,
      held,
      states: {
        established: table.count(id, ESTABLISHED),
        synSent: table.count(id, SYN_SENT),
        timeWait: table.count(id, TIME_WAIT),
        closeWait: table.count(id, CLOSE_WAIT),
        other: table.count(id, OTHER),
      },
      reusable: table.count(id, REUSABLE),
      available: this.capacity - table.count(id, TAKEN),
      returning: NONE_RETURNING.map((_, period) => table.count(id, RETURNING + period)),
      firstPass: {
        size: this.#firstPassSize,
        taken: Math.min(
          this.#firstPassSize,
          this.#firstPassLost + table.count(id, FIRST_PASS_TAKEN),
        ),
      },
    };
  }
}

function identity(table: EndpointTable, id: number): Pool {
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
  row.addresses.set(parseAddress(pool.localAddress), LOCAL);
  row.addresses.set(parseAddress(pool.remoteAddress), REMOTE);
  row.remotePort = pool.remotePort;
  return row;
}
