import {
  type SocketRow,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
  TCP_SYN_SENT,
  TCP_TIME_WAIT,
} from '../../kernel/socket-row.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import {
  BOUND_ADDRESS,
  CLOSE_WAIT,
  ESTABLISHED,
  FIRST_PASS_BUSY,
  FIRST_PASS_HELD,
  FIRST_PASS_REUSABLE,
  HELD,
  NO_TIMESTAMPS,
  RETURN_PERIODS,
  RETURNING,
  REUSABLE,
  SYN_SENT,
  TAKEN,
  TIME_WAIT,
} from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { Endpoints } from '../tables/endpoints.ts';
import { RETURN_SECONDS } from '../pool.ts';
import type { PortBudget } from '../port-budget.ts';
import type { PortSet } from '../tables/port-set.ts';
import { RecentPairs } from '../tables/recent-pairs.ts';
import { RowList } from '../tables/row-list.ts';
import { isReusable, returnsInSeconds } from './time-wait.ts';

/** What is known before the first row. */
export interface OutboundContext {
  /** 0 at the first poll. */
  readonly sinceLastPollMs: number;
  /** Rows on second-pass ports, about: as many as the last poll remembered. */
  readonly expectedRows: number;
}

/** Counts outbound rows per endpoint. A local port counts once for an endpoint, however often it is listed. */
export class OutboundCensus {
  /** Rows on second-pass ports: `connect()` found no first-pass port, or a `bind()` chose the port. */
  readonly secondPass: RowList;
  /** Rows whose local address the route does not prefer, of sockets without IP_BIND_ADDRESS_NO_PORT. */
  readonly boundAddress = new RowList();
  /** Rows that the kernel listed twice and that counted once. */
  repeatedRows = 0;
  readonly #endpoints: Endpoints;
  readonly #settings: PortSettings;
  readonly #budget: PortBudget;
  readonly #sinceLastPollMs: number;
  readonly #recent = new RecentPairs();

  constructor(
    endpoints: Endpoints,
    settings: PortSettings,
    budget: PortBudget,
    { sinceLastPollMs, expectedRows }: OutboundContext,
  ) {
    this.secondPass = new RowList(expectedRows);
    this.#endpoints = endpoints;
    this.#settings = settings;
    this.#budget = budget;
    this.#sinceLastPollMs = sinceLastPollMs;
  }

  /** One per address family. */
  get tables(): readonly EndpointTable[] {
    return this.#endpoints.tables;
  }

  /** Counts one row of an endpoint; `blocked` says that a `bind()` owns its port, so that it is in no capacity. */
  count(table: EndpointTable, id: number, row: SocketRow, blocked: boolean): void {
    if (!this.#recent.add(2 * id + (table.family === 'ipv4' ? 1 : 2), row.localPort)) {
      this.repeatedRows += 1;
      return;
    }
    table.add(id, HELD, 1);
    const counter = stateCounter(row.state);
    if (counter !== undefined) table.add(id, counter, 1);
    if (!blocked && this.#budget.usable.has(row.localPort))
      this.#countAgainstCapacity(table, id, row);
  }

  /** Ports of `bound` were counted against capacities that they are no part of: takes them out again. */
  uncount(bound: PortSet): void {
    this.secondPass.forEach((table, id, port, reusable) => {
      if (bound.has(port)) table.add(id, counterOf(table, id, reusable), -1);
    });
    this.boundAddress.forEach((table, id, port, reusable) => {
      if (!bound.has(port) || !this.#budget.inFirstPass(port)) return;
      const counter = counterOf(table, id, reusable);
      table.add(id, counter, -1);
      table.add(id, FIRST_PASS_HELD, -1);
      if (counter === REUSABLE) table.add(id, FIRST_PASS_REUSABLE, -1);
    });
  }

  /**
   * Counts the reusable TIME_WAITs of the endpoint as taken, now and later: its connections have no TCP timestamps
   * (`tcp_twsk_unique` in net/ipv4/tcp_ipv4.c).
   */
  disableReuse(table: EndpointTable, id: number): void {
    table.setTraits(id, NO_TIMESTAMPS);
    const reusable = table.count(id, REUSABLE);
    table.add(id, TAKEN, reusable);
    table.add(id, REUSABLE, -reusable);
    table.add(id, FIRST_PASS_REUSABLE, -table.count(id, FIRST_PASS_REUSABLE));
    const notBusy = table.count(id, FIRST_PASS_HELD) - table.count(id, FIRST_PASS_BUSY);
    table.add(id, FIRST_PASS_BUSY, notBusy);
  }

  #countAgainstCapacity(table: EndpointTable, id: number, row: SocketRow): void {
    const mayReuse = !table.has(id, NO_TIMESTAMPS);
    const reusable = mayReuse && isReusable(row, this.#settings);
    table.add(id, reusable ? REUSABLE : TAKEN, 1);
    if (!reusable && row.state === TCP_TIME_WAIT) table.add(id, this.#period(row, mayReuse), 1);
    if (table.has(id, BOUND_ADDRESS)) this.#listBoundAddress(table, id, row, reusable);
    if (this.#budget.inFirstPass(row.localPort)) this.#countFirstPass(table, id, row, reusable);
    else this.secondPass.push(table, id, row, reusable);
  }

  #listBoundAddress(table: EndpointTable, id: number, row: SocketRow, reusable: boolean): void {
    if (row.bindAddressNoPort === false) this.boundAddress.push(table, id, row, reusable);
  }

  #countFirstPass(table: EndpointTable, id: number, row: SocketRow, reusable: boolean): void {
    table.add(id, FIRST_PASS_HELD, 1);
    if (reusable) table.add(id, FIRST_PASS_REUSABLE, 1);
    const wasAlwaysReusable = reusable && isReusable(row, this.#settings, this.#sinceLastPollMs);
    if (!wasAlwaysReusable) table.add(id, FIRST_PASS_BUSY, 1);
  }

  /** The index of the counter for the period in which the row's port comes back. */
  #period(row: SocketRow, mayReuse: boolean): number {
    const seconds = returnsInSeconds(row, this.#settings, mayReuse);
    return RETURNING + Math.min(Math.floor(seconds / RETURN_SECONDS), RETURN_PERIODS - 1);
  }
}

/** The counter that holds the port of a listed row; `reusable` is what it was before `disableReuse`. */
function counterOf(table: EndpointTable, id: number, reusable: boolean): number {
  return reusable && !table.has(id, NO_TIMESTAMPS) ? REUSABLE : TAKEN;
}

/** The counter of a socket state; undefined for states that count as held only. */
function stateCounter(state: number): number | undefined {
  switch (state) {
    case TCP_ESTABLISHED:
      return ESTABLISHED;
    case TCP_SYN_SENT:
      return SYN_SENT;
    case TCP_TIME_WAIT:
      return TIME_WAIT;
    case TCP_CLOSE_WAIT:
      return CLOSE_WAIT;
    default:
      return undefined;
  }
}
