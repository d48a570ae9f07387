import { isWildcard } from '../kernel/address.ts';
import {
  LOCAL,
  REMOTE,
  type SocketRow,
  TCP_LISTEN,
  TCP_NEW_SYN_RECV,
  TCP_SYN_RECV,
} from '../kernel/socket-row.ts';
import type { PortSettings } from '../kernel/sysctl.ts';
import { findBoundPorts } from './bound-ports.ts';
import { OutboundCensus } from './outbound-census.ts';
import { PortBudget } from './port-budget.ts';
import { identify, PortMemory } from './port-memory.ts';
import { PortSet } from './port-set.ts';
import { RowBuffer } from './row-buffer.ts';

/**
 * One pass over a namespace's TCP rows: which ports a `bind()` owns, which rows are inbound, and what
 * each endpoint holds. Listeners must be visited before all other rows; `close()` ends the pass.
 */
export class TcpCensus {
  readonly budget: PortBudget;
  readonly outbound: OutboundCensus;
  /** Ports with any TCP row. */
  readonly occupied = new PortSet();
  /** Those of them that a `bind()` to `0.0.0.0` cannot have. */
  readonly occupiedIpv4 = new PortSet();
  /** Those of them that a `bind()` to `::` cannot have. */
  readonly occupiedIpv6 = new PortSet();
  /** Rows by socket state, as the kernel numbers it. */
  readonly rowsByState = new Uint32Array(TCP_NEW_SYN_RECV + 1);
  inboundRows = 0;
  selfConnections = 0;
  readonly #settings: PortSettings;
  readonly #before: PortMemory | undefined;
  readonly #memory: PortMemory;
  readonly #nowMs: number;
  /** Rows on ports that were marked at the last poll: whose they are depends on the other rows. */
  readonly #doubtful = new RowBuffer();

  /** `nowMs` is monotonic; `before` is what the last poll remembered, undefined at the first. */
  constructor(settings: PortSettings, nowMs: number, before: PortMemory | undefined) {
    this.budget = new PortBudget(settings);
    this.outbound = new OutboundCensus(
      settings,
      this.budget,
      nowMs - (before?.takenAtMs ?? nowMs),
      before?.outboundRows ?? 0,
    );
    this.#settings = settings;
    this.#before = before;
    this.#nowMs = nowMs;
    this.#memory = new PortMemory(nowMs, this.budget.usable, before);
  }

  /** Ports with a listener now, inside the range or not. */
  get listening(): PortSet {
    return this.#memory.listening;
  }

  /** Ports that a `bind()` owns: listeners, rows of closed ones, and ports bound before a connect. */
  get owned(): PortSet {
    const { listening, leftover, bound } = this.#memory;
    return listening.union(leftover).union(bound);
  }

  visit(row: SocketRow): void {
    const { state, localPort } = row;
    this.rowsByState[state] = (this.rowsByState[state] ?? 0) + 1;
    this.occupied.add(localPort);
    if (!(this.#settings.bindV6Only && row.localIsIpv4)) this.occupiedIpv6.add(localPort);
    if (state === TCP_LISTEN) this.#visitListener(row);
    else if (this.#isInbound(row)) this.#visitInbound(row);
    else if (this.#isMarked(localPort)) this.#doubtful.push(row);
    else this.#visitOutbound(row, false);
  }

  /** Ends the pass with the rules that need all rows; returns what the next poll must know. */
  close(): PortMemory {
    this.#judgeDoubtful();
    const bound = findBoundPorts(this.budget, this.outbound, this.owned, {
      before: this.#before?.explainsBirths(this.#nowMs, this.budget.usable)
        ? this.#before
        : undefined,
      memory: this.#memory,
    });
    this.outbound.release(bound);
    this.#memory.bound = this.#memory.bound.union(bound);
    this.#memory.outboundRows = this.outbound.rows;
    return this.#memory;
  }

  #visitListener(row: SocketRow): void {
    this.#memory.listening.add(row.localPort);
    if (this.#isV6OnlyListener(row)) return;
    this.#memory.dualStack.add(row.localPort);
    this.occupiedIpv4.add(row.localPort);
  }

  /** A socket bound to one IPv6 address is v6only by that (`__inet6_bind` in net/ipv6/af_inet6.c). */
  #isV6OnlyListener(row: SocketRow): boolean {
    if (row.localIsIpv4) return false;
    return this.#settings.bindV6Only || !isWildcard(row.addresses, LOCAL);
  }

  /** SYN_RECV rows are requests that a listener has not accepted yet. */
  #isInbound({ localPort, state }: SocketRow): boolean {
    return this.listening.has(localPort) || state === TCP_SYN_RECV || state === TCP_NEW_SYN_RECV;
  }

  #visitInbound(row: SocketRow): void {
    this.inboundRows += 1;
    if (row.localIsIpv4 || this.#memory.dualStack.has(row.localPort)) {
      this.occupiedIpv4.add(row.localPort);
    }
  }

  #isMarked(port: number): boolean {
    const before = this.#before;
    if (before === undefined) return false;
    return before.listening.has(port) || before.leftover.has(port) || before.bound.has(port);
  }

  /** First which ports keep their mark, then whose each row is. */
  #judgeDoubtful(): void {
    const before = this.#before;
    if (before === undefined) return;
    this.#doubtful.forEach((row) => {
      this.#carryMark(row, before);
    });
    this.#doubtful.forEach((row) => {
      const { leftover, bound } = this.#memory;
      if (leftover.has(row.localPort)) this.#visitInbound(row);
      else this.#visitOutbound(row, bound.has(row.localPort));
      if (leftover.has(row.localPort) || bound.has(row.localPort)) {
        this.#memory.rememberRow(identify(row));
      }
    });
  }

  /**
   * A mark stays while a row of those days is left. When a listener closed since the last poll, its rows
   * cannot be known; but one to an endpoint that others connect to was connected too.
   */
  #carryMark(row: SocketRow, before: PortMemory): void {
    const port = row.localPort;
    const known = before.knowsRow(identify(row));
    const accepted = before.listening.has(port) && !this.outbound.knowsEndpoint(row);
    if (accepted || (before.leftover.has(port) && known)) {
      this.#memory.leftover.add(port);
      if (before.dualStack.has(port)) this.#memory.dualStack.add(port);
    } else if (before.bound.has(port) && known) {
      this.#memory.bound.add(port);
    }
  }

  #visitOutbound(row: SocketRow, bound: boolean): void {
    const port = row.localPort;
    if (row.localIsIpv4 || !(bound || this.#settings.bindV6Only)) this.occupiedIpv4.add(port);
    if (isSelfConnection(row)) this.selfConnections += 1;
    if (this.budget.includes(port)) this.outbound.visit(row, bound);
  }
}

function isSelfConnection(row: SocketRow): boolean {
  if (row.localPort !== row.remotePort) return false;
  const words = row.addresses;
  for (let word = 0; word < REMOTE; word += 1) {
    if (words[LOCAL + word] !== words[REMOTE + word]) return false;
  }
  return true;
}
