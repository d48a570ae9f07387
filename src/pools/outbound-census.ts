import {
  type SocketRow,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
  TCP_SYN_SENT,
  TCP_TIME_WAIT,
} from '../kernel/socket-row.ts';
import type { PortSettings } from '../kernel/sysctl.ts';
import {
  CLOSE_WAIT,
  EndpointTable,
  ESTABLISHED,
  FIRST_PASS_BUSY,
  FIRST_PASS_TAKEN,
  OTHER,
  RETURN_PERIODS,
  RETURNING,
  REUSABLE,
  SYN_SENT,
  TAKEN,
  TIME_WAIT,
} from './endpoint-table.ts';
import { PairSet } from './pair-set.ts';
import { RETURN_SECONDS } from './pool.ts';
import type { PortBudget } from './port-budget.ts';
import { identify } from './port-memory.ts';
import type { PortSet } from './port-set.ts';
import { RowList } from './row-list.ts';
import { isReusable, returnsInSeconds } from './time-wait.ts';

/** Counts outbound rows per endpoint. A local port counts once for an endpoint, however often listed. */
export class OutboundCensus {
  readonly ipv4 = new EndpointTable(1);
  readonly ipv6 = new EndpointTable(4);
  /** Rows on ports outside the first pass: `connect()` had no other, or somebody bound them. */
  readonly secondPass = new RowList();
  repeatedRows = 0;
  readonly #settings: PortSettings;
  readonly #budget: PortBudget;
  readonly #sinceLastPollMs: number;
  readonly #seen: PairSet;

  /** `expectedRows` is what the last poll counted: tables of that size need not grow. */
  constructor(
    settings: PortSettings,
    budget: PortBudget,
    sinceLastPollMs: number,
    expectedRows: number,
  ) {
    this.#seen = new PairSet(expectedRows);
    this.#settings = settings;
    this.#budget = budget;
    this.#sinceLastPollMs = sinceLastPollMs;
  }

  /** Rows counted so far. */
  get rows(): number {
    return this.#seen.size;
  }

  /** Whether any other row was counted for the row's endpoint. */
  knowsEndpoint(row: SocketRow): boolean {
    return this.#tableOf(row).find(row) >= 0;
  }

  /** Counts one row; `bound` says that a `bind()` owns its port, so that it is in no endpoint's budget. */
  visit(row: SocketRow, bound: boolean): void {
    const table = this.#tableOf(row);
    const id = table.intern(row);
    if (!this.#seen.add(2 * id + (table === this.ipv4 ? 1 : 2), row.localPort)) {
      this.repeatedRows += 1;
      return;
    }
    table.add(id, stateCounter(row.state), 1);
    if (!bound && this.#budget.usable.has(row.localPort)) this.#spend(table, id, row);
  }

  /** Takes the ports of `bound` out of the budgets they were counted in. */
  release(bound: PortSet): void {
    this.secondPass.forEach(({ table, id, port, reusable }) => {
      if (bound.has(port)) table.add(id, reusable ? REUSABLE : TAKEN, -1);
    });
  }

  #tableOf(row: SocketRow): EndpointTable {
    return row.localIsIpv4 ? this.ipv4 : this.ipv6;
  }

  #spend(table: EndpointTable, id: number, row: SocketRow): void {
    const reusable = isReusable(row, this.#settings);
    table.add(id, reusable ? REUSABLE : TAKEN, 1);
    if (!reusable && row.state === TCP_TIME_WAIT) table.add(id, this.#period(row), 1);
    if (!this.#budget.inFirstPass(row.localPort)) {
      const identity = identify(row);
      this.secondPass.push({ table, id, port: row.localPort, reusable, identity });
      return;
    }
    if (!reusable) table.add(id, FIRST_PASS_TAKEN, 1);
    const allAlong = reusable && isReusable(row, this.#settings, this.#sinceLastPollMs);
    if (!allAlong) table.add(id, FIRST_PASS_BUSY, 1);
  }

  /** The counter of the period in which a TIME_WAIT's port comes back. */
  #period(row: SocketRow): number {
    const period = Math.floor(returnsInSeconds(row, this.#settings) / RETURN_SECONDS);
    return RETURNING + Math.min(period, RETURN_PERIODS - 1);
  }
}

function stateCounter(state: number): number {
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
      return OTHER;
  }
}
