import {
  type SocketDetails,
  type SocketInspector,
  type SocketRow,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
} from '../../kernel/socket-row.ts';
import { UNUSUAL_ADDRESS, INSPECTED, NO_TIMESTAMPS } from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { OutboundCensus } from './outbound-census.ts';

/** Inspects single sockets at one poll: what only a request for one socket shows. */
export interface SocketProbe {
  /** Whether the row's socket was accepted and did not connect; undefined where the kernel does not show it. */
  wasAccepted(row: SocketRow): boolean | undefined;
  /**
   * Inspects the socket of a row that looks outbound, unless one of its endpoint's was inspected lately, and sets
   * the traits of the endpoint. Returns whether the socket was accepted, so that the row is inbound after all.
   */
  inspectEndpoint(
    outbound: OutboundCensus,
    table: EndpointTable,
    id: number,
    row: SocketRow,
  ): boolean;
}

/** For a source that cannot inspect single sockets. */
export const NO_PROBE: SocketProbe = {
  wasAccepted: () => undefined,
  inspectEndpoint: () => false,
};

/**
 * Sockets inspected at one poll, at most; the others wait for the next poll. Each costs two system calls, or four where
 * the route is looked up too, so that a poll makes 8,000 at most. Chosen, not measured.
 */
const MAX_INSPECTIONS = 2000;

/** Inspects one live socket of each endpoint that was not inspected lately. */
export class InspectorProbe implements SocketProbe {
  readonly #inspector: SocketInspector;
  #inspectionsLeft = MAX_INSPECTIONS;

  constructor(inspector: SocketInspector) {
    this.#inspector = inspector;
  }

  wasAccepted(row: SocketRow): boolean | undefined {
    return this.#inspect(row)?.accepted;
  }

  inspectEndpoint(
    outbound: OutboundCensus,
    table: EndpointTable,
    id: number,
    row: SocketRow,
  ): boolean {
    if (table.has(id, INSPECTED)) return false;
    const details = this.#inspect(row);
    if (details?.accepted === undefined) return false;
    if (details.accepted) return true;
    table.clearTraits(id, NO_TIMESTAMPS | UNUSUAL_ADDRESS);
    table.setTraits(id, INSPECTED);
    if (details.timestamps === false) outbound.disableReuse(table, id);
    if (!this.#inspector.hasUsualAddress(row)) table.setTraits(id, UNUSUAL_ADDRESS);
    return false;
  }

  /** Undefined where the socket has gone, cannot show anything, or this poll has inspected enough. */
  #inspect(row: SocketRow): SocketDetails | undefined {
    if (this.#inspectionsLeft === 0 || !isInspectable(row)) return undefined;
    this.#inspectionsLeft -= 1;
    return this.#inspector.inspect(row);
  }
}

/** Connected, and before our FIN, which would change the byte counts that tell accepted sockets from others. */
function isInspectable({ state }: SocketRow): boolean {
  return state === TCP_ESTABLISHED || state === TCP_CLOSE_WAIT;
}
