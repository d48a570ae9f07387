import { createServer } from 'node:net';
import { SERVICE } from './addresses.ts';

/** The service: it accepts, says nothing, and closes after its client. */
const server = createServer((socket) => {
  socket.on('error', (error) => {
    console.error(error.message);
  });
  socket.resume();
});
server.listen({ ...SERVICE, backlog: 4096 }, () => process.send?.('ready'));
