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

/** What the last poll says about this one. */
export interface OutboundContext {
  /** 0 at the first poll. */
  readonly sinceLastPollMs: number;
  /** Rows on ports of the second pass, as far as they can be foreseen. */
  readonly expectedRows: number;
}

/** Counts outbound rows per endpoint. A local port counts once for an endpoint, however often listed. */
export class OutboundCensus {
  /** Rows on ports outside the first pass: `connect()` had no other, or somebody bound them. */
  readonly secondPass: RowList;
  /** Rows from an address that the kernel would not have chosen, their port chosen along with it. */
  readonly boundAddress = new RowList();
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

  /** Counts one row of an endpoint; `blocked` says that a `bind()` owns its port: no budget has it. */
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

  /** Takes the ports of `bound` out of the budgets they were counted in. */
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

  /** Takes back that TIME_WAITs of the endpoint are reusable: its connections have no timestamps. */
  disableReuse(table: EndpointTable, id: number): void {
    table.mark(id, NO_TIMESTAMPS);
    const reusable = table.count(id, REUSABLE);
    table.add(id, TAKEN, reusable);
    table.add(id, REUSABLE, -reusable);
    table.add(id, FIRST_PASS_REUSABLE, -table.count(id, FIRST_PASS_REUSABLE));
    const idle = table.count(id, FIRST_PASS_HELD) - table.count(id, FIRST_PASS_BUSY);
    table.add(id, FIRST_PASS_BUSY, idle);
  }

  #countAgainstCapacity(table: EndpointTable, id: number, row: SocketRow): void {
    const mayReuse = !table.has(id, NO_TIMESTAMPS);
    const reusable = mayReuse && isReusable(row, this.#settings);
    table.add(id, reusable ? REUSABLE : TAKEN, 1);
    if (!reusable && row.state === TCP_TIME_WAIT) table.add(id, this.#period(row, mayReuse), 1);
    if (table.has(id, BOUND_ADDRESS)) this.#list(table, id, row, reusable);
    if (this.#budget.inFirstPass(row.localPort)) this.#countFirstPass(table, id, row, reusable);
    else this.secondPass.push(table, id, row, reusable);
  }

  #list(table: EndpointTable, id: number, row: SocketRow, reusable: boolean): void {
    if (row.bindAddressNoPort === false) this.boundAddress.push(table, id, row, reusable);
  }

  #countFirstPass(table: EndpointTable, id: number, row: SocketRow, reusable: boolean): void {
    table.add(id, FIRST_PASS_HELD, 1);
    if (reusable) table.add(id, FIRST_PASS_REUSABLE, 1);
    const allAlong = reusable && isReusable(row, this.#settings, this.#sinceLastPollMs);
    if (!allAlong) table.add(id, FIRST_PASS_BUSY, 1);
  }

  /** The counter of the period in which a TIME_WAIT's port comes back. */
  #period(row: SocketRow, mayReuse: boolean): number {
    const seconds = returnsInSeconds(row, this.#settings, mayReuse);
    return RETURNING + Math.min(Math.floor(seconds / RETURN_SECONDS), RETURN_PERIODS - 1);
  }
}

/** Where a port is counted that was `reusable` when it was seen, before timestamps were known. */
function counterOf(table: EndpointTable, id: number, reusable: boolean): number {
  return reusable && !table.has(id, NO_TIMESTAMPS) ? REUSABLE : TAKEN;
}

/** The counter of a state; undefined for those that are only part of what is held. */
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
