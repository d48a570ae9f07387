import type { PortRange } from '../../kernel/proc/sysctl.ts';
import type { Endpoints } from '../tables/endpoints.ts';
import {
  BEGAN_MEANWHILE,
  BEGAN_SINCE,
  HELD,
  OPENED,
  TIME_WAIT,
} from '../tables/endpoint-fields.ts';
import type { EndpointTable } from '../tables/endpoint-table.ts';
import { NewTimeWaits, type ReadingTimes } from './new-time-waits.ts';

/** One pass over all rows of a namespace. */
export interface OpensPass {
  readonly times: ReadingTimes;
  readonly range: PortRange;
  /** Rows that were cut or unreadable, and counted for no endpoint. */
  readonly malformedRows: number;
}

/** No endpoint has more ports. */
const ANY_SHORTFALL = 0xffff;

/**
 * Counts the connections that were opened to each endpoint from one poll to the next, as far as the counters of both
 * prove it. With O opened and C closed, the live ports (all but TIME_WAIT) have grown by O − C. Each TIME_WAIT that began
 * meanwhile is a connection that closed, so C is at least their number, and O at least growth + new TIME_WAITs. What closed
 * without a TIME_WAIT of its own lowers it: the other end closed first, a reset, a TIME_WAIT whose port was taken over.
 */
export class OpensCounter {
  #last: OpensPass | undefined;

  /** Begins a pass over the rows. The range decides which rows are counted, so that another one begins anew. */
  begin(range: PortRange): NewTimeWaits {
    return new NewTimeWaits(this.#lastWith(range)?.times);
  }

  /** Ends the poll: `OPENED` of each endpoint is then what was opened since the last one; at the first poll 0. */
  finish(endpoints: Endpoints, pass: OpensPass): void {
    const isFirst = this.#lastWith(pass.range) === undefined;
    for (const table of endpoints.tables) {
      for (let id = 0; id < table.size; id += 1) countOpened(table, id, isFirst);
    }
    // Rows that are missing now would be taken for new ones at the next poll.
    this.#last = pass.malformedRows > 0 ? undefined : pass;
  }

  #lastWith({ low, high }: PortRange): OpensPass | undefined {
    const range = this.#last?.range;
    return range?.low === low && range.high === high ? this.#last : undefined;
  }
}

/**
 * A TIME_WAIT that began while the last poll read the rows may have been counted as live there or not. Where it was not, its
 * closing lowered what was proved then. What was below 0 was taken for 0; by how much is the shortfall, and so many of such
 * TIME_WAITs prove nothing now.
 */
function countOpened(table: EndpointTable, id: number, isFirst: boolean): void {
  const live = table.count(id, HELD) - table.count(id, TIME_WAIT);
  const meanwhile = Math.max(0, table.count(id, BEGAN_MEANWHILE) - table.shortfall(id));
  const growth = live - table.liveBefore(id);
  const proved = growth + table.count(id, BEGAN_SINCE) + meanwhile;
  table.set(id, OPENED, isFirst ? 0 : Math.max(0, proved));
  table.rememberLive(id, live, isFirst ? ANY_SHORTFALL : Math.max(0, -proved));
}
