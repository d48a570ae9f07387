import { type EndpointTable, FIRST_PASS_BUSY } from './endpoint-table.ts';
import type { OutboundCensus } from './outbound-census.ts';
import type { PortBudget } from './port-budget.ts';
import type { PortMemory } from './port-memory.ts';
import { PortSet } from './port-set.ts';

/** The memory of the last poll, where it can judge births, and the one being written. */
export interface BirthMemory {
  readonly before: PortMemory | undefined;
  readonly memory: PortMemory;
}

/**
 * The parity rule. `connect()` goes to the second pass only when the endpoint's first pass has nothing
 * left. So a row that appeared on a second-pass port, while at this poll and at the last the first pass
 * had ports to give, got its port from a `bind()`; and what a `bind()` owns is lost to every endpoint
 * (`__inet_hash_connect` in net/ipv4/inet_hashtables.c).
 *
 * Returns the ports found so; writes rows and full endpoints into the memory of this poll.
 */
export function findBoundPorts(
  budget: PortBudget,
  outbound: OutboundCensus,
  owned: PortSet,
  { before, memory }: BirthMemory,
): PortSet {
  const lost = budget.firstPassLost(owned);
  const isFull = (table: EndpointTable, id: number): boolean =>
    lost + table.count(id, FIRST_PASS_BUSY) >= budget.firstPassSize;
  rememberFullEndpoints(outbound, isFull, memory);
  const bound = new PortSet();
  outbound.secondPass.forEach((table, id, port) => {
    const explained = before?.knowsRow(table, id, port) ?? true;
    if (!explained && !isFull(table, id) && !before?.wasFull(table, id)) bound.add(port);
  });
  rememberRows(outbound, bound, memory);
  return bound;
}

function rememberFullEndpoints(
  outbound: OutboundCensus,
  isFull: (table: EndpointTable, id: number) => boolean,
  memory: PortMemory,
): void {
  for (const table of [outbound.ipv4, outbound.ipv6]) {
    for (let id = 0; id < table.size; id += 1) {
      if (isFull(table, id)) memory.rememberFull(table, id);
    }
  }
}

function rememberRows(outbound: OutboundCensus, bound: PortSet, memory: PortMemory): void {
  outbound.secondPass.forEach((table, id, port) => {
    if (!bound.has(port)) memory.rememberRow(table, id, port);
  });
}
