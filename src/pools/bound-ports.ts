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
 * left. So a row that appeared on a second-pass port, while the first pass had plenty at this poll and at
 * the last, got its port from a `bind()`; and what a `bind()` owns is lost to every endpoint
 * (`__inet_hash_connect` in net/ipv4/inet_hashtables.c).
 *
 * Plenty is half: connections that come and go between two polls, and TIME_WAITs, which end in batches,
 * can fill the rest unseen. Returns the ports found so; writes what the next poll must know.
 */
export function findBoundPorts(
  budget: PortBudget,
  outbound: OutboundCensus,
  owned: PortSet,
  { before, memory }: BirthMemory,
): PortSet {
  const free = budget.firstPassSize - budget.firstPassLost(owned);
  const mayHaveBeenFull = (table: EndpointTable, id: number): boolean =>
    2 * table.count(id, FIRST_PASS_BUSY) >= free;
  const bound = new PortSet();
  outbound.secondPass.forEach(({ table, id, port, identity }) => {
    const known = before?.knowsRow(identity) ?? true;
    const full = mayHaveBeenFull(table, id) || before?.wasFull(table, id) === true;
    if (!known && !full) bound.add(port);
    memory.rememberRow(identity);
  });
  rememberFullEndpoints(outbound, mayHaveBeenFull, memory);
  return bound;
}

function rememberFullEndpoints(
  outbound: OutboundCensus,
  mayHaveBeenFull: (table: EndpointTable, id: number) => boolean,
  memory: PortMemory,
): void {
  for (const table of [outbound.ipv4, outbound.ipv6]) {
    for (let id = 0; id < table.size; id += 1) {
      if (mayHaveBeenFull(table, id)) memory.rememberFull(table, id);
    }
  }
}
