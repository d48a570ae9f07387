import { readSctpSockets } from '../../kernel/proc/net/net-protocols.ts';
import { readSctp } from '../../kernel/proc/net/net-sctp.ts';
import { SharedPools, SharedTickets } from '../shared-pools.ts';
import type { Census, CensusInput, CensusReader, CensusReading } from './census.ts';
import { SctpCensus } from './sctp-census.ts';

/**
 * Counts the SCTP ports of one namespace: one pool. It reads /proc whatever the source of TCP rows is, because netlink
 * (`sctp_diag`) walks the same two tables.
 */
class SctpReader implements CensusReader {
  readonly #namespaceId: number;
  readonly #tickets = new SharedTickets();

  constructor(namespaceId: number) {
    this.#namespaceId = namespaceId;
  }

  read({ net, budget }: CensusInput): CensusReading | undefined {
    const census = new SctpCensus(budget);
    const table = readSctp(net, (port, associated) => {
      census.visit(port, associated);
    });
    if (table === undefined) return undefined;
    census.sockets = readSctpSockets(net);
    const identity = { namespaceId: this.#namespaceId, kind: 'sctp', protocol: 'sctp' };
    const views = [new SharedPools(identity, [census.pool], this.#tickets, census.inUse)];
    return { views, ...table };
  }
}

/** SCTP, where the kernel has it. With any socket at all there is no upper bound, so that its short tables are read. */
export const SCTP_CENSUS: Census = {
  protocol: 'sctp',
  open: (namespaceId) => new SctpReader(namespaceId),
  socketsAtMost: (net) => (readSctpSockets(net) === 0 ? 0 : undefined),
  // A closed socket keeps its port until its associations have shut down (`sctp_endpoint_put`).
  outlivesSockets: true,
};
