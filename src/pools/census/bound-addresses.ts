import type { OutboundCensus } from './outbound-census.ts';
import type { PortBudget } from '../port-budget.ts';
import type { PortMemory } from './port-memory.ts';
import { PortSet } from '../tables/port-set.ts';

/** Connections from one local address by the pass their port belongs to. */
interface Passes {
  first: number;
  second: number;
}

/** So many connections from one address, no more of them on second-pass ports, were not bound. */
const TELLING = 16;

/**
 * Ports of rows whose local address somebody bound without IP_BIND_ADDRESS_NO_PORT: `bind()` chose the
 * port too. The route alone is no proof, for it may have changed, or depend on what nobody is asked for;
 * but `bind()` prefers the ports that `connect()` tries last (`inet_csk_find_open_port` in
 * net/ipv4/inet_connection_sock.c), so that an address with few of those was the usual one. Writes what
 * the next poll must know.
 */
export function findPortsBoundByAddress(
  outbound: OutboundCensus,
  budget: PortBudget,
  memory: PortMemory,
): PortSet {
  const passes = new Map<number | string, Passes>();
  outbound.boundAddress.forEach((table, id, port) => {
    const address = table.keys.localKey(id);
    const counts = passes.get(address) ?? { first: 0, second: 0 };
    counts[budget.inFirstPass(port) ? 'first' : 'second'] += 1;
    passes.set(address, counts);
  });
  const bound = new PortSet();
  outbound.boundAddress.forEach((table, id, port, _, first, second) => {
    const counts = passes.get(table.keys.localKey(id));
    if (counts === undefined || wasUsual(counts)) return;
    bound.add(port);
    memory.rememberIdentity(first, second);
  });
  return bound;
}

function wasUsual({ first, second }: Passes): boolean {
  return first >= TELLING && first >= second;
}
