import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICE } from './addresses.ts';

/**
 * The client: a program with a leak. Each second it opens some connections that it never closes, and some that it
 * closes at once. It stops when a call was refused for lack of a port. Its arguments are the two rates, the error with
 * which the kernel refuses, and the local address that it binds before it connects, if any. Node.js calls bind() and
 * reports its EADDRINUSE as that of connect() (libuv's uv__tcp_bind).
 */

const [leak, churn] = process.argv.slice(2, 4).map(Number);
const [refusal, localAddress] = process.argv.slice(4);
const leaked: Socket[] = [];
const refusals: string[] = [];

function open(): Socket {
  const options = localAddress === undefined ? SERVICE : { ...SERVICE, localAddress };
  return connect(options).on('error', (error: NodeJS.ErrnoException) => {
    const time = Date.now();
    if (error.code !== refusal) throw error;
    if (refusals.push(error.message) === 1) process.send?.({ refused: error.message, time });
  });
}

function openAndClose(): void {
  const socket = open();
  socket.on('connect', () => socket.end());
}

const begin = Date.now();
process.send?.({ began: begin });
for (let second = 1; refusals.length === 0; second += 1) {
  for (let count = 0; count < (leak ?? 0); count += 1) leaked.push(open());
  for (let count = 0; count < (churn ?? 0); count += 1) openAndClose();
  await sleep(Math.max(0, begin + 1000 * second - Date.now()));
}
console.log(`${refusals[0] ?? ''}, with ${leaked.length} connections leaked`);
