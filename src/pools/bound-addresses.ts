import type { EndpointTable } from './endpoint-table.ts';
import type { OutboundCensus } from './outbound-census.ts';
import type { PortBudget } from './port-budget.ts';
import { PortSet } from './port-set.ts';

/** Connections of one endpoint by the pass their port belongs to. */
interface Passes {
  first: number;
  second: number;
}

/** So many connections of one endpoint, with so few of the second pass, were not bound. */
const TELLING = 16;

/**
 * Ports of rows whose local address somebody bound without IP_BIND_ADDRESS_NO_PORT: `bind()` chose the
 * port too. The route alone is no proof, for it may have changed; but `bind()` prefers the ports that
 * `connect()` tries last (`inet_csk_find_open_port` in net/ipv4/inet_connection_sock.c), so that an
 * endpoint with almost none of those was connected from its address when that was the usual one.
 */
export function findPortsBoundByAddress(outbound: OutboundCensus, budget: PortBudget): PortSet {
  const passes = new Map<EndpointTable, Map<number, Passes>>();
  outbound.boundAddress.forEach((table, id, port) => {
    const ofTable = passes.get(table) ?? new Map<number, Passes>();
    const counts = ofTable.get(id) ?? { first: 0, second: 0 };
    counts[budget.inFirstPass(port) ? 'first' : 'second'] += 1;
    passes.set(table, ofTable.set(id, counts));
  });
  const bound = new PortSet();
  outbound.boundAddress.forEach((table, id, port) => {
    const { first = 0, second = 0 } = passes.get(table)?.get(id) ?? {};
    if (first < TELLING || first <= 2 * second) bound.add(port);
  });
  return bound;
}
