import { addressAndPort } from '../kernel/address-text.ts';
import type { Destination } from '../pools/pool.ts';

/** Destinations that a sentence names: as many as fit into a line. */
const MAX_NAMED = 3;

/** `350 to 10.0.0.53:53, 12 to [fd00::1]:443`; empty where there is none. */
export function destinationsText(destinations: readonly Destination[]): string {
  return destinations
    .slice(0, MAX_NAMED)
    .map(
      ({ remoteAddress, remotePort, sockets }) =>
        `${sockets} to ${addressAndPort(remoteAddress, remotePort)}`,
    )
    .join(', ');
}
