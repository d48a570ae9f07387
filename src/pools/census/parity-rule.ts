import { FIRST_PASS_BUSY } from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { OutboundCensus } from './outbound-census.ts';
import type { PortBudget } from '../port-budget.ts';
import type { PortMemory } from './port-memory.ts';
import { PortSet } from '../tables/port-set.ts';

/** The memory of the last poll, where it can judge births, and the one being written. */
export interface BirthMemory {
  readonly before: PortMemory | undefined;
  readonly memory: PortMemory;
}

/**
 * The parity rule. `connect()` goes to the second pass only when the endpoint's first pass has nothing
 * left. So a row that appeared on a second-pass port, while the first pass had plenty at this poll and at
 * the last, got its port from a `bind()`; and what a `bind()` owns is lost to every endpoint
 * (`__inet_hash_connect` in net/ipv4/inet_hashtables.c).
 *
 * Plenty is half: connections that come and go between two polls, and TIME_WAITs, which end in batches,
 * can fill the rest unseen. Returns the ports found so; writes what the next poll must know. The rows of
 * an endpoint that may be full need not be known: it will not be judged for two polls.
 */
export function findBoundPorts(
  budget: PortBudget,
  outbound: OutboundCensus,
  owned: PortSet,
  { before, memory }: BirthMemory,
): PortSet {
  const free = budget.firstPassSize - budget.firstPassLost(owned);
  const mayBeFull = (table: EndpointTable, id: number): boolean =>
    2 * table.count(id, FIRST_PASS_BUSY) >= free;
  const bound = new PortSet();
  outbound.secondPass.forEach((table, id, port, _, first, second) => {
    if (mayBeFull(table, id)) return;
    const known = before?.knowsIdentity(first, second) ?? true;
    if (!known && !table.wasFull(id)) bound.add(port);
    memory.rememberIdentity(first, second);
  });
  for (const table of outbound.tables) {
    for (let id = 0; id < table.size; id += 1) table.rememberFull(id, mayBeFull(table, id));
  }
  return bound;
}
