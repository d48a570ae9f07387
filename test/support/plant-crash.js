/**
 * Loaded by `NODE_OPTIONS=--import` before the program: once the file `CRASH_WHEN` is there, something throws. `CRASH_IN` says where:
 * `drawing` a screen, taking in `news`, or the `thread` that polls.
 */
import { existsSync } from 'node:fs';
import process from 'node:process';
import { clearInterval, setInterval } from 'node:timers';
import { isMainThread } from 'node:worker_threads';

const { CRASH_IN: place = '', CRASH_WHEN: file = '' } = process.env;

function planted() {
  throw new TypeError(`planted in ${place}`);
}

const BREAK = {
  drawing: () => (String.prototype.padEnd = planted),
  news: () => (JSON.parse = planted),
  thread: planted,
};

if (isMainThread === (place !== 'thread')) {
  const timer = setInterval(() => {
    if (!existsSync(file)) return;
    clearInterval(timer);
    BREAK[place]();
  }, 50);
  timer.unref();
}
