import {
  TCP_CLOSE_WAIT,
  TCP_ESTABLISHED,
  TCP_SYN_SENT,
  TCP_TIME_WAIT,
} from '../../kernel/socket-row.ts';
import { CLOSE_WAIT, ESTABLISHED, SYN_SENT, TIME_WAIT } from '../tables/endpoint-fields.ts';

/** The counter of a socket state; undefined for states that count as held only. */
export function stateCounter(state: number): number | undefined {
  switch (state) {
    case TCP_ESTABLISHED:
      return ESTABLISHED;
    case TCP_SYN_SENT:
      return SYN_SENT;
    case TCP_TIME_WAIT:
      return TIME_WAIT;
    case TCP_CLOSE_WAIT:
      return CLOSE_WAIT;
    default:
      return undefined;
  }
}
