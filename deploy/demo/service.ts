import { createServer } from 'node:net';
import { SERVICE } from './addresses.ts';

/** The service: it accepts connections, sends nothing, and closes when the client has closed. */
const server = createServer((socket) => {
  socket.on('error', (error) => {
    console.error(error.message);
  });
  socket.resume();
});
/** The backlog is above the highest rate of connects, so that none waits for a place in it. */
server.listen({ ...SERVICE, backlog: 4096 }, () => process.send?.('ready'));
