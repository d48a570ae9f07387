import { ADDRESS_WORDS, formatAddress } from '../../kernel/address.ts';
import { REMOTE, type SocketRow } from '../../kernel/socket-row.ts';
import type { Destination } from '../pool.ts';

/** Destinations that are counted apart. Chosen: a resolver's clients have few; a crawler's many say nothing one by one. */
const MAX_DESTINATIONS = 1024;

/** Destinations that are told. Chosen: as many as a person reads. */
const MAX_TOLD = 5;

interface Counted {
  readonly address: Int32Array;
  readonly port: number;
  sockets: number;
}

/** Counts the connected UDP sockets of one family by where they are connected to. */
export class UdpDestinations {
  readonly #counted = new Map<string | number, Counted>();

  /** A connected socket; those to a destination for which there is no room are not counted. */
  add(row: SocketRow): void {
    const key = keyOf(row);
    const known = this.#counted.get(key);
    if (known !== undefined) known.sockets += 1;
    else if (this.#counted.size < MAX_DESTINATIONS) {
      const address = row.addresses.slice(REMOTE, REMOTE + ADDRESS_WORDS);
      this.#counted.set(key, { address, port: row.remotePort, sockets: 1 });
    }
  }

  /** Those with the most sockets, most first. */
  largest(): readonly Destination[] {
    return [...this.#counted.values()]
      .toSorted((a, b) => b.sockets - a.sockets)
      .slice(0, MAX_TOLD)
      .map(({ address, port, sockets }) => ({
        remoteAddress: formatAddress(address, 0),
        remotePort: port,
        sockets,
      }));
  }
}

/** A number for IPv4, where a text for each row would be garbage. */
function keyOf({ addresses, localIsIpv4, remotePort }: SocketRow): string | number {
  const last = addresses[REMOTE + 3] ?? 0;
  if (localIsIpv4) return (last >>> 0) * 65_536 + remotePort;
  return `${addresses.subarray(REMOTE, REMOTE + ADDRESS_WORDS).join(' ')} ${remotePort}`;
}
