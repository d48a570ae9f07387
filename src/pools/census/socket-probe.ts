import {
  type SocketDetails,
  type SocketInspector,
  type SocketRow,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
} from '../../kernel/socket-row.ts';
import { BOUND_ADDRESS, INSPECTED, NO_TIMESTAMPS } from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import type { OutboundCensus } from './outbound-census.ts';

/** What the kernel can be asked about single sockets at one poll. */
export interface SocketProbe {
  /** Whether the row was accepted, and did not connect; undefined where nobody can tell. */
  wasAccepted(row: SocketRow): boolean | undefined;
  /**
   * Asks about the row, which looks outbound, unless its endpoint was asked about before: notes what it
   * tells about the endpoint; true where it was accepted.
   */
  findsAccepted(
    outbound: OutboundCensus,
    table: EndpointTable,
    id: number,
    row: SocketRow,
  ): boolean;
}

/** For a source that cannot be asked. */
export const NO_PROBE: SocketProbe = { wasAccepted: () => undefined, findsAccepted: () => false };

/** Questions at one poll, at most; each costs two system calls or four. The rest waits for the next poll. */
const QUESTIONS = 2000;

/** Asks about one live row of each endpoint that is new. */
export class InspectorProbe implements SocketProbe {
  readonly #inspector: SocketInspector;
  #questions = QUESTIONS;

  constructor(inspector: SocketInspector) {
    this.#inspector = inspector;
  }

  wasAccepted(row: SocketRow): boolean | undefined {
    return this.#ask(row)?.accepted;
  }

  findsAccepted(
    outbound: OutboundCensus,
    table: EndpointTable,
    id: number,
    row: SocketRow,
  ): boolean {
    if (table.has(id, INSPECTED)) return false;
    const details = this.#ask(row);
    if (details?.accepted === undefined) return false;
    if (details.accepted) return true;
    table.unmark(id, NO_TIMESTAMPS | BOUND_ADDRESS);
    table.mark(id, INSPECTED);
    if (details.timestamps === false) outbound.disableReuse(table, id);
    if (!this.#inspector.hasUsualAddress(row)) table.mark(id, BOUND_ADDRESS);
    return false;
  }

  #ask(row: SocketRow): SocketDetails | undefined {
    if (this.#questions === 0 || !canTell(row)) return undefined;
    this.#questions -= 1;
    return this.#inspector.inspect(row);
  }
}

/** States in which a socket tells what it was and is. */
function canTell({ state }: SocketRow): boolean {
  return state === TCP_ESTABLISHED || state === TCP_CLOSE_WAIT;
}
