import type { SocketRow } from '../../kernel/socket-row.ts';
import { SharedPools, SharedTickets } from '../shared-pools.ts';
import type { Census, CensusInput, CensusReader, CensusReading } from './census.ts';
import { UdpCensus } from './udp-census.ts';

/** Counts the UDP sockets of one namespace: one pool per family. */
class UdpReader implements CensusReader {
  readonly #namespaceId: number;
  readonly #tickets = new SharedTickets();

  constructor(namespaceId: number) {
    this.#namespaceId = namespaceId;
  }

  read({ source, settings, budget }: CensusInput): CensusReading {
    const census = new UdpCensus(settings, budget);
    const explicit = (row: SocketRow): void => {
      census.visitExplicit(row);
    };
    const visit = (row: SocketRow): void => {
      census.visit(row);
    };
    source.readExplicit?.('udp', explicit, settings.range);
    const { rows, malformedRows, ipv6 } = source.readUdp(visit, settings.range);
    const families = ipv6 ? (['ipv4', 'ipv6'] as const) : (['ipv4'] as const);
    const identity = { namespaceId: this.#namespaceId, kind: 'udp', protocol: 'udp' };
    const pools = families.map((family) => census.pool(family));
    return { views: [new SharedPools(identity, pools, this.#tickets)], rows, malformedRows };
  }
}

/** UDP, from either source of rows. `sockstat` bounds its sockets. */
export const UDP_CENSUS: Census = {
  protocol: 'udp',
  open: (namespaceId) => new UdpReader(namespaceId),
  socketsAtMost: (_net, { udpInUse }) => udpInUse,
};
