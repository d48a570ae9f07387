import { setFlagsFromString } from 'node:v8';

/**
 * How hot code must be for V8 to optimize it. In Node.js 20 about 90 times as hot as by itself: 67,584 bytes of bytecode are run between
 * two looks at a function. Chosen by scrapes beside polls of 800,000 sockets: the 99th percentile was 3.0 ms without, 2.6 ms with
 * 22 times as much and 1.8 ms with this. With 100,000 sockets what goes through their rows is so hot after one to five polls.
 * Since Node.js 22 it is ten times as hot, 3,000 calls by itself: the calls times the bytes of the function, of 60 KiB at most, must fit
 * into an int (`TieringManager::InterruptBudgetFor`).
 */
const THRESHOLD_FLAG =
  Number.parseInt(process.versions.node) < 22
    ? '--interrupt-budget=6000000'
    : '--invocation-count-for-turbofan=30000';

/**
 * Has V8 optimize only what runs for each socket, in all threads. To be called when all is loaded: Node.js has compiled code of its own
 * modules, but for the flags of before. Optimized code goes with the last function object that has it, at a major garbage
 * collection (the reference in V8's `FeedbackVector` is weak). What a poll or a page makes anew, as callbacks are, was therefore compiled
 * again and again: two functions a second for as long as the daemon ran, each half a millisecond to three in a thread that takes the
 * processor from the one that answers a scrape.
 */
export function optimizeOnlyHotCode(): void {
  setFlagsFromString(THRESHOLD_FLAG);
}
