import {
  CONNECT_OWNS,
  OTHER_BIND_OWNS,
  type SocketRow,
  TCP_TIME_WAIT,
} from '../../kernel/socket-row.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import {
  BEYOND_JUDGED,
  FIRST_PASS_BUSY,
  FIRST_PASS_HELD,
  FIRST_PASS_REUSABLE,
  HELD,
  NO_TIMESTAMPS,
  RETURN_PERIODS,
  RETURNING,
  REUSABLE,
  TAKEN,
  UNUSUAL_ADDRESS,
} from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { Endpoints } from '../tables/endpoints.ts';
import { RETURN_SECONDS } from '../pool.ts';
import type { PortBudget } from '../port-budget.ts';
import { PortSet } from '../tables/port-set.ts';
import { RecentPairs } from '../tables/recent-pairs.ts';
import type { JudgedAddresses } from '../judgement/judged-addresses.ts';
import {
  BEGAN_ROW,
  BUSY_ROW,
  COUNTED_ROW,
  JUDGED_ROW,
  ListedRows,
  NO_PORT_ROW,
  OWNED_ROW,
  REUSABLE_ROW,
  SECOND_PASS_ROW,
  UNUSUAL_ADDRESS_ROW,
} from '../judgement/listed-rows.ts';
import { isReusable, returnsInSeconds } from '../time-wait.ts';
import type { NewTimeWaits } from './new-time-waits.ts';
import { stateCounter } from './state-counter.ts';

/** What is known before the first row. */
export interface OutboundContext {
  /** 0 at the first poll. */
  readonly sinceLastPollMs: number;
  /** Rows that will be listed, about: as many as at the last poll. */
  readonly expectedRows: number;
  /** The local addresses whose rows are listed, whatever their port. */
  readonly judged: JudgedAddresses;
  readonly newTimeWaits: NewTimeWaits;
}

/** Counts outbound rows per endpoint. A local port counts once for an endpoint, however often it is listed. */
export class OutboundCensus {
  /** Rows of which a `bind()` may own the port: those on second-pass ports, and all at judged addresses. */
  listed: ListedRows;
  /** Rows that the kernel listed twice and that counted once. */
  repeatedRows = 0;
  /** Ports of endpoints that are not judged although their local address is, because there are too many. */
  readonly unjudgedPorts = new PortSet();
  readonly newTimeWaits: NewTimeWaits;
  readonly #endpoints: Endpoints;
  readonly #settings: PortSettings;
  readonly #budget: PortBudget;
  readonly #sinceLastPollMs: number;
  readonly #judged: JudgedAddresses;
  #recent: RecentPairs | undefined = new RecentPairs();

  constructor(
    endpoints: Endpoints,
    settings: PortSettings,
    budget: PortBudget,
    { sinceLastPollMs, expectedRows, judged, newTimeWaits }: OutboundContext,
  ) {
    this.newTimeWaits = newTimeWaits;
    this.listed = new ListedRows(expectedRows);
    this.#endpoints = endpoints;
    this.#settings = settings;
    this.#budget = budget;
    this.#sinceLastPollMs = sinceLastPollMs;
    this.#judged = judged;
  }

  /**
   * Frees the memory of the pass once its rows are judged: a census is kept until the next poll, and there may be
   * hundreds of them.
   */
  releaseRows(): void {
    this.listed = NO_ROWS;
    this.#recent = undefined;
  }

  /** One per address family. */
  get tables(): readonly EndpointTable[] {
    return this.#endpoints.tables;
  }

  /** Counts one row of an endpoint; `owned` says that a `bind()` owns its port, so that it is in no capacity. */
  count(table: EndpointTable, id: number, row: SocketRow, owned: boolean): void {
    if (this.#recent?.add(2 * id + (table.family === 'ipv4' ? 1 : 2), row.localPort) === false) {
      this.repeatedRows += 1;
      return;
    }
    table.add(id, HELD, 1);
    const counter = stateCounter(row.state);
    if (counter !== undefined) table.add(id, counter, 1);
    const began = this.newTimeWaits.count(table, id, row) ? BEGAN_ROW : 0;
    if (owned) this.#list(table, id, row, OWNED_ROW, NO_PERIOD);
    else if (this.#budget.usable.has(row.localPort))
      this.#countAgainstCapacity(table, id, row, began);
  }

  /** Ports of `bound` were counted against capacities that they are no part of: takes them out again. */
  uncount(bound: PortSet): void {
    const { listed } = this;
    if (bound.size === 0) return;
    for (let row = 0; row < listed.size; row += 1) {
      if (listed.is(row, COUNTED_ROW) && bound.has(listed.port(row))) this.#uncountRow(row);
    }
  }

  #uncountRow(row: number): void {
    const { listed } = this;
    const [table, id, period] = [listed.table(row), listed.id(row), listed.period(row)];
    const reusable = listed.is(row, REUSABLE_ROW) && !table.has(id, NO_TIMESTAMPS);
    table.add(id, reusable ? REUSABLE : TAKEN, -1);
    if (period !== NO_PERIOD) table.add(id, RETURNING + period, -1);
    if (listed.is(row, SECOND_PASS_ROW)) return;
    table.add(id, FIRST_PASS_HELD, -1);
    if (reusable) table.add(id, FIRST_PASS_REUSABLE, -1);
    if (listed.is(row, BUSY_ROW)) table.add(id, FIRST_PASS_BUSY, -1);
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

  /** `began` is `BEGAN_ROW` or 0. */
  #countAgainstCapacity(table: EndpointTable, id: number, row: SocketRow, began: number): void {
    // A FIN_WAIT2 row with the timer of TIME_WAIT is never taken over, and may still become a fresh TIME_WAIT.
    if (row.state !== TCP_TIME_WAIT) {
      this.#countLive(table, id, row);
      return;
    }
    const mayReuse = !table.has(id, NO_TIMESTAMPS);
    const reusable = mayReuse && isReusable(row, this.#settings);
    table.add(id, reusable ? REUSABLE : TAKEN, 1);
    const period = reusable ? NO_PERIOD : this.#period(row, mayReuse);
    if (!reusable) table.add(id, RETURNING + period, 1);
    const isFirst = this.#budget.inFirstPass(row.localPort);
    const flags = COUNTED_ROW | began | (reusable ? REUSABLE_ROW : 0);
    if (isFirst)
      this.#list(table, id, row, flags | this.#countFirstPass(table, id, row, reusable), period);
    else this.#list(table, id, row, flags | SECOND_PASS_ROW, period);
  }

  /** The port is taken, and comes back at no known time. */
  #countLive(table: EndpointTable, id: number, row: SocketRow): void {
    if (this.#budget.inFirstPass(row.localPort)) {
      table.addOnes(id, TAKEN, FIRST_PASS_HELD, FIRST_PASS_BUSY);
      this.#list(table, id, row, COUNTED_ROW | BUSY_ROW, NO_PERIOD);
    } else {
      table.add(id, TAKEN, 1);
      this.#list(table, id, row, COUNTED_ROW | SECOND_PASS_ROW, NO_PERIOD);
    }
  }

  /** Lists the row if a `bind()` may own its port. */
  #list(table: EndpointTable, id: number, row: SocketRow, flags: number, period: number): void {
    const isJudged = this.#endpoints.isJudged(table, id, row, this.#judged);
    if (!isJudged && row.portOwner === CONNECT_OWNS) return;
    const isOwned = (flags & OWNED_ROW) !== 0;
    if (isBeyondJudged(table, id, row, isOwned)) this.unjudgedPorts.add(row.localPort);
    let all = flags | unusualAddress(table, id, row);
    if (!isJudged && (all & (SECOND_PASS_ROW | OWNED_ROW | UNUSUAL_ADDRESS_ROW)) === 0) return;
    if (isOwned && !this.#budget.inFirstPass(row.localPort)) all |= SECOND_PASS_ROW;
    if (isJudged) all |= JUDGED_ROW | (isGivenByConnect(row) ? NO_PORT_ROW : 0);
    this.listed.push(table, id, row, all, period);
  }

  /** Returns `BUSY_ROW` where the port may have been taken since the last poll, else 0. */
  #countFirstPass(table: EndpointTable, id: number, row: SocketRow, reusable: boolean): number {
    table.add(id, FIRST_PASS_HELD, 1);
    if (reusable) table.add(id, FIRST_PASS_REUSABLE, 1);
    const wasAlwaysReusable = reusable && isReusable(row, this.#settings, this.#sinceLastPollMs);
    if (wasAlwaysReusable) return 0;
    table.add(id, FIRST_PASS_BUSY, 1);
    return BUSY_ROW;
  }

  /** The period in which the row's port comes back. */
  #period(row: SocketRow, mayReuse: boolean): number {
    const seconds = returnsInSeconds(row, this.#settings, mayReuse);
    return Math.min(Math.floor(seconds / RETURN_SECONDS), RETURN_PERIODS - 1);
  }
}

/** What a census lists whose rows were released. */
const NO_ROWS = new ListedRows();

/** The period of a row whose port is not taken, or comes back at no known time. */
const NO_PERIOD = -1;

/**
 * `UNUSUAL_ADDRESS_ROW` where the row's local address is not the one that the route prefers, and its socket left no port to
 * `connect()`; else 0.
 */
function unusualAddress(table: EndpointTable, id: number, row: SocketRow): number {
  const isUnusual = table.has(id, UNUSUAL_ADDRESS) && row.bindAddressNoPort === false;
  return isUnusual ? UNUSUAL_ADDRESS_ROW : 0;
}

/** Whether it is not judged who owns the port of a row that is not `owned`, although its local address is judged. */
function isBeyondJudged(table: EndpointTable, id: number, row: SocketRow, owned: boolean): boolean {
  return !owned && table.has(id, BEYOND_JUDGED) && !isGivenByConnect(row);
}

/** Whether the kernel says that `connect()` chose the port. */
function isGivenByConnect({ portOwner, bindAddressNoPort }: SocketRow): boolean {
  return portOwner === CONNECT_OWNS || portOwner === OTHER_BIND_OWNS || bindAddressNoPort === true;
}
