/** What is counted for each endpoint at each poll; the first four are its ports by socket state. */
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
/** Ports of either kind in the first pass, and how many of them are reusable. */
export const FIRST_PASS_HELD = 7;
export const FIRST_PASS_REUSABLE = 8;
/** First-pass ports that may have been taken at some moment since the poll before. */
export const FIRST_PASS_BUSY = 9;
/** Taken TIME_WAIT ports by when they come back: the first of `RETURN_PERIODS` counters. */
export const RETURNING = 10;
/** Tens of seconds from 0 to 70: a TIME_WAIT lasts 60 s and a little slack. */
export const RETURN_PERIODS = 7;
/** How many counters each endpoint has. */
export const COUNTERS = RETURNING + RETURN_PERIODS;

/** What is known of an endpoint from poll to poll; bits. */
export const INSPECTED = 1;
/** Its connections have no timestamps: their TIME_WAITs are never taken over. */
export const NO_TIMESTAMPS = 2;
/** Its local address is not the kernel's choice: somebody bound it. */
export const BOUND_ADDRESS = 4;
/** Its first pass may have been full at the last poll, and at the one before that. */
export const FULL_LAST = 8;
export const FULL_BEFORE = 16;
