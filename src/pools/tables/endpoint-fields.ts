/** Index of each counter of an endpoint, all in ports and new at each poll; the first four are by socket state. */
export const ESTABLISHED = 0;
export const SYN_SENT = 1;
export const TIME_WAIT = 2;
export const CLOSE_WAIT = 3;
/** Distinct local ports, whatever their state. */
export const HELD = 4;
/** TIME_WAIT ports that the next `connect()` to the endpoint may take over. */
export const REUSABLE = 5;
/** Ports of the capacity that the next `connect()` to the endpoint cannot take. */
export const TAKEN = 6;
/** First-pass ports of the capacity that the endpoint holds, and how many of them are reusable. */
export const FIRST_PASS_HELD = 7;
export const FIRST_PASS_REUSABLE = 8;
/**
 * First-pass ports that may have been taken at some moment since the last poll. Unless all of them were, `connect()` chose
 * no port of the second pass meanwhile.
 */
export const FIRST_PASS_BUSY = 9;
/** Taken TIME_WAIT ports by when they come back: the first of `RETURN_PERIODS` counters. */
export const RETURNING = 10;
/** Periods of `RETURN_SECONDS`, 0 to 70 s: a TIME_WAIT lasts 60 s plus timer slack. */
export const RETURN_PERIODS = 7;
/**
 * TIME_WAITs that began since the last poll: after it had read all rows, or while it did. The first is replaced when
 * the pass is over: see `OPENED`.
 */
export const BEGAN_SINCE = RETURNING + RETURN_PERIODS;
export const BEGAN_MEANWHILE = BEGAN_SINCE + 1;
/** Connections that were opened since the last poll, as far as is proved; in the place of `BEGAN_SINCE`. */
export const OPENED = BEGAN_SINCE;
/** How many counters each endpoint has. */
export const COUNTERS = BEGAN_MEANWHILE + 1;

/** Bits of what is known of an endpoint from poll to poll: its traits. */
/** One of its sockets was inspected in the last minute. */
export const INSPECTED = 1;
/** Its connections have no TCP timestamps: their TIME_WAITs are never reusable (`tcp_twsk_unique`). */
export const NO_TIMESTAMPS = 2;
/** Its local address is not the one that the route prefers, and no policy routing explains that: `bind()` chose it. */
export const UNUSUAL_ADDRESS = 4;
/** Its first pass may have been full at the last poll, and at the one before that. */
export const FULL_LAST = 8;
export const FULL_BEFORE = 16;
/** Whether its local address is judged was looked up; and it is. */
export const JUDGED_KNOWN = 32;
export const JUDGED = 64;
/** Its local address is judged, and it is not: there are too many. */
export const BEYOND_JUDGED = 128;
