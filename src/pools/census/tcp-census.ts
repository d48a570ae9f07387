import {
  BIND_OWNS,
  CONNECT_OWNS,
  isRequest,
  type SocketRow,
  TCP_CLOSE,
  TCP_LISTEN,
  TCP_NEW_SYN_RECV,
  UNKNOWN_OWNS,
} from '../../kernel/socket-row.ts';
import type { PortSettings } from '../../kernel/proc/sysctl.ts';
import type { JudgedAddress } from '../judgement/judged-addresses.ts';
import { portsOfShortListeners } from '../judgement/short-listeners.ts';
import { findSuspects } from '../judgement/suspects.ts';
import type { Endpoints } from '../tables/endpoints.ts';
import { type CensusContext, type KnownContext, withDefaults } from './census-context.ts';
import { judgeRows } from './judge-rows.ts';
import { OutboundCensus } from './outbound-census.ts';
import { BindConflicts } from '../judgement/bind-conflicts.ts';
import type { PortBudget } from '../port-budget.ts';
import { PortMemory } from '../judgement/port-memory.ts';
import { PortReturns } from '../tables/port-returns.ts';
import { PortSet } from '../tables/port-set.ts';
import { RowBuffer } from '../tables/row-buffer.ts';

/**
 * Counts one pass over a namespace's TCP rows: which ports a `bind()` owns, which rows are inbound, and what each
 * endpoint holds. Visit explicitly bound rows first, and idle ones of an earlier dump, then listeners, then all others;
 * then call `review()`, and `finish()` unless all rows must be visited anew.
 */
export class TcpCensus {
  readonly budget: PortBudget;
  readonly endpoints: Endpoints;
  readonly outbound: OutboundCensus;
  readonly bindConflicts: BindConflicts;
  /** Rows by socket state, as the kernel numbers it. */
  readonly rowsByState = new Uint32Array(TCP_NEW_SYN_RECV + 1);
  /** Ports found to be inbound after rows on them were counted as outbound: the pass must be repeated. */
  readonly misclassifiedPorts = new PortSet();
  /** Ports of rows that are counted as given by `connect()`, though a `bind()` may own them. */
  readonly undecidedPorts = new PortSet();
  /** When ports come back that a `bind()` owns; those of listeners are not among them. */
  readonly boundReturns = new PortReturns();
  inboundRows = 0;
  selfConnections = 0;
  readonly settings: PortSettings;
  readonly #context: KnownContext;
  readonly #memory: PortMemory;
  /** Ports that a `bind()` owned at the last poll, or that are bound explicitly now. */
  readonly #deferredPorts: PortSet;
  /** Rows on those ports: whether they are inbound, outbound or blocked depends on rows still to come. */
  readonly #deferredRows = new RowBuffer();
  readonly #outboundPorts = new PortSet();

  constructor(settings: PortSettings, budget: PortBudget, context: CensusContext) {
    this.#context = withDefaults(context);
    const { nowMs, before, judged, endpoints, sinceLastPollMs, newTimeWaits } = this.#context;
    this.budget = budget;
    this.bindConflicts = new BindConflicts(settings, judged);
    this.endpoints = endpoints;
    endpoints.begin();
    const expectedRows = before?.listedRows ?? 0;
    const outbound = { sinceLastPollMs, expectedRows, judged, newTimeWaits };
    this.outbound = new OutboundCensus(endpoints, settings, budget, outbound);
    this.settings = settings;
    this.#memory = new PortMemory(nowMs, budget.usable, before);
    this.#deferredPorts = before?.boundPorts ?? new PortSet();
  }

  /** Ports with a listener now, inside the range or not. */
  get listening(): PortSet {
    return this.#memory.listening;
  }

  /** Local addresses at which a `bind()` was found to choose ports, now or not long ago. */
  get boundAddresses(): readonly JudgedAddress[] {
    return this.#context.judged.all.filter(({ hasBound }) => hasBound);
  }

  /** Ports that a `bind()` owns: listeners, rows of closed ones, and ports bound before a connect. */
  get boundPorts(): PortSet {
    return this.#memory.boundPorts;
  }

  /** Ports of listeners that have closed, while rows that they accepted are left. */
  get closedListenerPorts(): PortSet {
    return this.#memory.orphanedListenerPorts;
  }

  /** A row whose port was named in a `bind()`; `visit` gets it too. */
  visitExplicit(row: SocketRow): void {
    this.#addBoundPort(row);
  }

  /** A socket that is bound, and neither listens nor is connected: its `bind()` owns the port. */
  visitIdle(row: SocketRow): void {
    this.bindConflicts.add(row);
    if (!this.bindConflicts.isV6Only(row)) this.bindConflicts.ipv4.add(row.localPort);
    this.boundReturns.addLive(row.localPort);
    this.#addBoundPort(row);
  }

  /** Any row of the socket tables; the row is copied where it is needed later. */
  visit(row: SocketRow): void {
    const { state, localPort } = row;
    this.rowsByState[state] = (this.rowsByState[state] ?? 0) + 1;
    if (state === TCP_CLOSE) {
      this.visitIdle(row);
      return;
    }
    if (isRequest(row)) {
      this.inboundRows += 1;
      return;
    }
    this.bindConflicts.add(row);
    if (state === TCP_LISTEN) this.#visitListener(row);
    else if (this.listening.has(localPort)) this.#visitInbound(row);
    else if (row.portOwner === CONNECT_OWNS) this.#visitOutbound(row, false);
    else if (row.portOwner !== UNKNOWN_OWNS) this.#visitOwned(row);
    else if (this.#deferredPorts.has(localPort)) this.#deferredRows.push(row);
    else this.#visitOutbound(row, false);
  }

  /**
   * Ends the pass with the rules that need all rows. Returns whether they must be visited once more, by another
   * census, because it showed that rows were taken for what they are not.
   */
  review(): boolean {
    this.#classifyDeferred();
    if (this.misclassifiedPorts.size > 0) return true;
    const { listed } = this.outbound;
    const { judged, nowMs } = this.#context;
    if (findSuspects(listed, judged, this.#older)) {
      this.endpoints.forgetJudged();
      return true;
    }
    this.misclassifiedPorts.addAll(portsOfShortListeners(listed, judged, nowMs));
    return this.misclassifiedPorts.size > 0;
  }

  /** Judges who owns the ports, and returns what the next poll must remember. */
  finish(): PortMemory {
    const { settings, budget, outbound, bindConflicts, boundReturns: returns } = this;
    const counted = { settings, budget, outbound, bindConflicts, returns };
    const remembered = { before: this.#older, memory: this.#memory };
    const undecided = judgeRows({ ...this.#context, ...counted, ...remembered });
    this.undecidedPorts.addAll(undecided);
    this.endpoints.end();
    return this.#memory;
  }

  /** What the last poll remembered, where rows that appeared since can be judged by it. */
  get #older(): PortMemory | undefined {
    const { before, nowMs } = this.#context;
    return before?.canJudgeNewRows(nowMs, this.budget.usable) ? before : undefined;
  }

  #addBoundPort(row: SocketRow): void {
    this.#memory.bound.add(row.localPort);
    this.#memory.rememberBound(row);
    this.#deferredPorts.add(row.localPort);
  }

  #visitListener(row: SocketRow): void {
    this.#memory.listening.add(row.localPort);
    const isV6Only = this.bindConflicts.isV6Only(row);
    this.#context.services?.addListener(row, isV6Only);
    if (isV6Only) return;
    this.#memory.dualStack.add(row.localPort);
    this.bindConflicts.ipv4.add(row.localPort);
  }

  /** A row whose port a `bind()` owns, as the kernel says: its own, or that of the listener which accepted it. */
  #visitOwned(row: SocketRow): void {
    if (row.accepted === true) this.#memory.orphanedListenerPorts.add(row.localPort);
    this.#memory.bound.add(row.localPort);
    if (row.portOwner === BIND_OWNS && row.accepted !== true) this.#memory.rememberBound(row);
    this.#deferredPorts.add(row.localPort);
    this.#deferredRows.push(row);
  }

  /** A row that a listener accepted which has closed. */
  #visitOrphaned(row: SocketRow): void {
    this.boundReturns.add(row);
    this.#visitInbound(row);
  }

  #visitInbound(row: SocketRow): void {
    this.inboundRows += 1;
    const isDualStack = this.#memory.dualStack.has(row.localPort);
    if (this.bindConflicts.takesIpv4(row, isDualStack)) this.bindConflicts.ipv4.add(row.localPort);
  }

  /** First decides which of the deferred ports are still owned by a `bind()`, then counts the rows on them. */
  #classifyDeferred(): void {
    const { before, judged } = this.#context;
    this.#deferredRows.forEach((row) => {
      if (before !== undefined) this.#memory.keepIfStillOwned(row, before, this.#seemsAccepted);
    });
    const { orphanedListenerPorts, bound } = this.#memory;
    this.#deferredRows.forEach((row) => {
      const port = row.localPort;
      if (orphanedListenerPorts.has(port)) this.#visitOrphaned(row);
      else this.#visitOutbound(row, bound.has(port));
      const isKnown = this.#memory.knows(row) || before?.knows(row) === true;
      if (orphanedListenerPorts.has(port) || (bound.has(port) && isKnown))
        this.#memory.rememberOwned(row, before, judged.find(row) !== undefined);
    });
  }

  /** Where the socket cannot be inspected: a row of an endpoint with other outbound rows is taken for outbound. */
  readonly #seemsAccepted = (row: SocketRow): boolean =>
    row.accepted ?? this.#context.probe.wasAccepted(row) ?? !this.endpoints.holdsOtherRow(row);

  #visitOutbound(row: SocketRow, bound: boolean): void {
    const port = row.localPort;
    if (this.budget.includes(port) && !this.#countOutbound(row, bound)) return;
    this.#context.services?.addOutbound(row, bound);
    const isDualStack = !(bound || this.settings.bindV6Only);
    if (this.bindConflicts.takesIpv4(row, isDualStack)) this.bindConflicts.ipv4.add(port);
    if (this.budget.includes(port) && row.isConnectedToItself) this.selfConnections += 1;
  }

  /** False where the socket was inspected and turned out to be inbound. */
  #countOutbound(row: SocketRow, bound: boolean): boolean {
    const table = this.endpoints.tableOf(row);
    const id = table.intern(row);
    if (this.#context.probe.inspectEndpoint(this.outbound, table, id, row)) {
      this.#visitAccepted(row);
      return false;
    }
    this.outbound.count(table, id, row, bound);
    this.#outboundPorts.add(row.localPort);
    return true;
  }

  /** A row that was accepted by a listener that has closed, or by a transparent proxy, whose port has no listener. */
  #visitAccepted(row: SocketRow): void {
    const port = row.localPort;
    if (this.#outboundPorts.has(port)) this.misclassifiedPorts.add(port);
    this.#memory.orphanedListenerPorts.add(port);
    if (!this.settings.bindV6Only) this.#memory.dualStack.add(port);
    this.#memory.remember(row);
    this.#deferredPorts.add(port);
    this.#visitOrphaned(row);
  }
}
