import {
  type SocketInspector,
  type SocketRow,
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
} from '../kernel/socket-row.ts';
import { BOUND_ADDRESS, INSPECTED } from './endpoint-fields.ts';
import type { EndpointTable } from './endpoint-table.ts';
import type { OutboundCensus } from './outbound-census.ts';

/** What the kernel can be asked about single sockets at one poll. */
export interface Inquiry {
  /**
   * Whether the row, which looks outbound, was accepted. Notes on the way what the row tells about its
   * endpoint. False where the kernel cannot tell, and for an endpoint that was asked about before.
   */
  wasAccepted(outbound: OutboundCensus, table: EndpointTable, id: number, row: SocketRow): boolean;
}

/** For a source that cannot be asked. */
export const NO_INQUIRY: Inquiry = { wasAccepted: () => false };

/** Questions at one poll, at most; each costs two system calls. The rest waits for the next poll. */
const QUESTIONS = 2000;

/** Asks about one live row of each endpoint that is new. */
export class SocketInquiry implements Inquiry {
  readonly #inspector: SocketInspector;
  #questions = QUESTIONS;

  constructor(inspector: SocketInspector) {
    this.#inspector = inspector;
  }

  wasAccepted(outbound: OutboundCensus, table: EndpointTable, id: number, row: SocketRow): boolean {
    if (table.has(id, INSPECTED) || this.#questions === 0 || !canTell(row)) return false;
    this.#questions -= 1;
    const details = this.#inspector.inspect(row);
    if (details?.accepted === undefined) return false;
    if (details.accepted) return true;
    table.mark(id, INSPECTED);
    if (details.timestamps === false) outbound.denyReuse(table, id);
    if (!this.#inspector.hasUsualAddress(row)) table.mark(id, BOUND_ADDRESS);
    return false;
  }
}

/** States in which a socket tells what it was and is. */
function canTell({ state }: SocketRow): boolean {
  return state === TCP_ESTABLISHED || state === TCP_CLOSE_WAIT;
}
