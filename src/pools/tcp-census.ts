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
import { PortMemory } from './port-memory.ts';
import { PortSet } from './port-set.ts';

/**
 * One pass over a namespace's TCP rows: which ports a `bind()` owns, which rows are inbound, and what
 * each endpoint holds. Listeners must be visited before all other rows; `close()` ends the pass.
 */
export class TcpCensus {
  readonly budget: PortBudget;
  readonly outbound: OutboundCensus;
  /** Ports with a listener now, inside the range or not. */
  readonly listening = new PortSet();
  /** Ports with any TCP row. */
  readonly occupied = new PortSet();
  /** Those of them that a `bind()` to `0.0.0.0` cannot have. */
  readonly occupiedIpv4 = new PortSet();
  /** Those of them that a `bind()` to `::` cannot have. */
  readonly occupiedIpv6 = new PortSet();
  inboundRows = 0;
  selfConnections = 0;
  readonly #settings: PortSettings;
  readonly #before: PortMemory | undefined;
  readonly #memory: PortMemory;
  readonly #nowMs: number;

  /** `nowMs` is monotonic; `before` is what the last poll remembered, undefined at the first. */
  constructor(settings: PortSettings, nowMs: number, before: PortMemory | undefined) {
    this.budget = new PortBudget(settings);
    this.outbound = new OutboundCensus(settings, this.budget, nowMs - (before?.takenAtMs ?? nowMs));
    this.#settings = settings;
    this.#before = before;
    this.#nowMs = nowMs;
    this.#memory = new PortMemory(nowMs, settings.range.low, before);
  }

  /** Ports that a `bind()` owns: listeners, rows of closed ones, and ports bound before a connect. */
  get owned(): PortSet {
    return this.#memory.listened.union(this.#memory.bound);
  }

  visit(row: SocketRow): void {
    this.occupied.add(row.localPort);
    if (!(this.#settings.bindV6Only && row.localIsIpv4)) this.occupiedIpv6.add(row.localPort);
    if (row.state === TCP_LISTEN) this.#visitListener(row);
    else if (this.#isInbound(row)) this.#visitInbound(row);
    else this.#visitOutbound(row);
  }

  /** Ends the pass with the rules that need all rows; returns what the next poll must know. */
  close(): PortMemory {
    const bound = findBoundPorts(this.budget, this.outbound, this.owned, {
      before: this.#before?.explainsBirths(this.#nowMs, this.budget.range.low)
        ? this.#before
        : undefined,
      memory: this.#memory,
    });
    this.outbound.release(bound);
    this.#memory.bound = this.#memory.bound.union(bound);
    return this.#memory;
  }

  #visitListener(row: SocketRow): void {
    this.listening.add(row.localPort);
    this.#memory.listened.add(row.localPort);
    if (!this.#isV6OnlyListener(row)) {
      this.#memory.listenedDualStack.add(row.localPort);
      this.occupiedIpv4.add(row.localPort);
    }
  }

  /** A socket bound to one IPv6 address is v6only by that (`__inet6_bind` in net/ipv6/af_inet6.c). */
  #isV6OnlyListener(row: SocketRow): boolean {
    if (row.localIsIpv4) return false;
    return this.#settings.bindV6Only || !isWildcard(row.addresses, LOCAL);
  }

  /** SYN_RECV rows are requests that a listener has not accepted yet. */
  #isInbound(row: SocketRow): boolean {
    return (
      this.listening.has(row.localPort) ||
      this.#before?.listened.has(row.localPort) === true ||
      row.state === TCP_SYN_RECV ||
      row.state === TCP_NEW_SYN_RECV
    );
  }

  #visitInbound(row: SocketRow): void {
    const port = row.localPort;
    this.inboundRows += 1;
    this.#memory.listened.add(port);
    if (this.#before?.listenedDualStack.has(port) === true)
      this.#memory.listenedDualStack.add(port);
    if (row.localIsIpv4 || this.#memory.listenedDualStack.has(port)) this.occupiedIpv4.add(port);
  }

  #visitOutbound(row: SocketRow): void {
    const port = row.localPort;
    const bound = this.#before?.bound.has(port) === true;
    if (bound) this.#memory.bound.add(port);
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
