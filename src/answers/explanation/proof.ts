import { bracketed } from '../../kernel/address-text.ts';
import type { PoolUsage } from '../../pools/pool.ts';
import type { PortRange } from '../../kernel/proc/sysctl.ts';

/** Lines for a shell inside the network namespace, each of which prints a figure of the calculation. */
export const PROOFS = {
  range: 'cat /proc/sys/net/ipv4/ip_local_port_range',
  reserved: 'cat /proc/sys/net/ipv4/ip_local_reserved_ports',
} as const;

/** Prints the listeners of the range. Ports that a bind() owns beside them are shown by no tool. */
export function listenersProof({ low, high }: PortRange): string {
  return `ss -Htnl 'sport ge :${low} and sport le :${high}'`;
}

/** Prints how many ports the endpoint holds. */
export function heldProof(pool: PoolUsage, { low, high }: PortRange): string {
  const remote = `${bracketed(pool.remoteAddress)}:${pool.remotePort}`;
  const filter = `src ${bracketed(pool.localAddress)} and dst ${remote} and sport ge :${low} and sport le :${high}`;
  return `ss -Htan '${filter}' | wc -l`;
}
