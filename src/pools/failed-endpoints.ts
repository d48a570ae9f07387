import { formatAddress } from '../kernel/address.ts';
import { LOCAL } from '../kernel/socket-row.ts';
import { NO_FAILURES, type NamespaceFailures, type PoolFailures } from './failures.ts';
import type { EndpointTable } from './tables/endpoint-table.ts';
import type { Endpoints } from './tables/endpoints.ts';

/** Which pools of a namespace had refused calls; valid until the next poll begins. */
export class FailedEndpoints {
  readonly #isCounted: boolean;
  readonly #areBindsCounted: boolean;
  readonly #connect = new Map<EndpointTable, Map<number, PoolFailures>>();
  readonly #bind = new Map<string, PoolFailures>();

  /**
   * `failures` is undefined where they are not counted. An endpoint with recent failures is added to `endpoints`, also where
   * it holds no port.
   */
  constructor(failures: NamespaceFailures | undefined, endpoints: Endpoints) {
    this.#isCounted = failures !== undefined;
    this.#areBindsCounted = failures?.bind !== undefined;
    for (const { call, row, ...counts } of failures?.endpoints ?? []) {
      if (call === 'bind') {
        this.#bind.set(formatAddress(row.addresses, LOCAL), counts);
        continue;
      }
      const table = endpoints.tableOf(row);
      const id = counts.isRecent ? table.intern(row) : table.find(row);
      if (id < 0) continue;
      const byId = this.#connect.get(table) ?? new Map<number, PoolFailures>();
      this.#connect.set(table, byId.set(id, counts));
    }
  }

  /** Whether connects to any endpoint were refused. */
  get hasConnects(): boolean {
    return this.#connect.size > 0;
  }

  /** Refused connects to the endpoint; undefined where they are not counted. */
  connectsOf(table: EndpointTable, id: number): PoolFailures | undefined {
    return this.#isCounted ? (this.#connect.get(table)?.get(id) ?? NO_FAILURES) : undefined;
  }

  /** Refused binds without a port to the local address, in canonical text; undefined where they are not counted. */
  bindsOf(localAddress: string): PoolFailures | undefined {
    return this.#areBindsCounted ? (this.#bind.get(localAddress) ?? NO_FAILURES) : undefined;
  }
}
