import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVICE } from './addresses.ts';

/**
 * The client: a program with a leak. Each second it opens some connections that it never closes, and some that it
 * closes at once. It ends when a connect() was refused.
 */

const [leak = 0, churn = 0] = process.argv.slice(2).map(Number);
const leaked: Socket[] = [];
const refusals: string[] = [];

function open(): Socket {
  return connect(SERVICE).on('error', (error: NodeJS.ErrnoException) => {
    const time = Date.now();
    if (error.code !== 'EADDRNOTAVAIL') throw error;
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
  for (let count = 0; count < leak; count += 1) leaked.push(open());
  for (let count = 0; count < churn; count += 1) openAndClose();
  await sleep(Math.max(0, begin + 1000 * second - Date.now()));
}
console.log(`${refusals[0] ?? ''}, with ${leaked.length} connections leaked`);
