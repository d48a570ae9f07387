import type { OutboundCensus } from './outbound-census.ts';
import type { PortBudget } from '../port-budget.ts';
import type { PortMemory } from './port-memory.ts';
import { PortSet } from '../tables/port-set.ts';

/** Connections from one local address by the pass that their port belongs to. */
interface PassCounts {
  first: number;
  second: number;
}

/**
 * So many first-pass ports of one address are no accident: `bind()` takes them only when it finds no other. Chosen, not
 * measured.
 */
const MIN_FIRST_PASS = 16;

/**
 * Ports of rows whose local address was bound without IP_BIND_ADDRESS_NO_PORT, so that `bind()` chose the port too.
 *
 * The census lists rows whose address is not the one that the route prefers. That alone is no proof, because the route
 * may have changed since, or depend on what was not in the question to the kernel. But `bind()` takes second-pass ports
 * first (`inet_csk_find_open_port` in net/ipv4/inet_connection_sock.c) and `connect()` first-pass ports. So an
 * address with many ports, most of them first-pass ones, was the kernel's own choice, and its ports are left out.
 *
 * Adds the rows on the returned ports to `memory`.
 */
export function findPortsBoundByAddress(
  outbound: OutboundCensus,
  budget: PortBudget,
  memory: PortMemory,
): PortSet {
  const passes = new Map<number | string, PassCounts>();
  outbound.boundAddress.forEach((table, id, port) => {
    const address = table.keys.localKey(id);
    const counts = passes.get(address) ?? { first: 0, second: 0 };
    counts[budget.inFirstPass(port) ? 'first' : 'second'] += 1;
    passes.set(address, counts);
  });
  const bound = new PortSet();
  outbound.boundAddress.forEach((table, id, port, _, first, second) => {
    const counts = passes.get(table.keys.localKey(id));
    if (counts === undefined || wasChosenByKernel(counts)) return;
    bound.add(port);
    memory.rememberIdentity(first, second);
  });
  return bound;
}

function wasChosenByKernel({ first, second }: PassCounts): boolean {
  return first >= MIN_FIRST_PASS && first >= second;
}
