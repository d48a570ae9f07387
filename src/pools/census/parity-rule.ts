import { FIRST_PASS_BUSY } from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { OutboundCensus } from './outbound-census.ts';
import type { PortBudget } from '../port-budget.ts';
import type { PortMemory } from './port-memory.ts';
import { PortSet } from '../tables/port-set.ts';

/** What was remembered at the last poll, and what is being written for the next. */
export interface PollMemories {
  /** Undefined where rows that appeared since the last poll cannot be told from older ones. */
  readonly before: PortMemory | undefined;
  readonly memory: PortMemory;
}

/**
 * The parity rule: finds ports that a `bind()` chose for outbound rows. `connect()` takes a second-pass port only when
 * the endpoint's first pass has nothing left (`__inet_hash_connect` in net/ipv4/inet_hashtables.c). So a row that
 * appeared since the last poll on a second-pass port, while less than half of the endpoint's first pass was taken at this
 * poll and at the two before, got its port from a `bind()`; and such a port is lost to every endpoint.
 *
 * The limit is half, and not all, because connections that come and go between two polls, and TIME_WAITs, which end in
 * batches, can fill the rest unseen.
 *
 * Adds to `memory` the rows that the next poll must not take for new ones. Rows of an endpoint whose first pass may be
 * full need not be among them: the rule passes over that endpoint at the next two polls.
 */
export function findBoundPorts(
  budget: PortBudget,
  outbound: OutboundCensus,
  alreadyBound: PortSet,
  { before, memory }: PollMemories,
): PortSet {
  const free = budget.firstPassSize - budget.firstPassLost(alreadyBound);
  const mayBeFull = (table: EndpointTable, id: number): boolean =>
    2 * table.count(id, FIRST_PASS_BUSY) >= free;
  const bound = new PortSet();
  outbound.secondPass.forEach((table, id, port, _, first, second) => {
    if (mayBeFull(table, id)) return;
    const isKnown = before?.knowsIdentity(first, second) ?? true;
    if (!isKnown && !table.wasFull(id)) bound.add(port);
    memory.rememberIdentity(first, second);
  });
  for (const table of outbound.tables) {
    for (let id = 0; id < table.size; id += 1) table.rememberFull(id, mayBeFull(table, id));
  }
  return bound;
}
