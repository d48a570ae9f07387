import { once } from 'node:events';
import type { Server } from 'node:net';

/**
 * Listens on a Unix socket without a file. It needs no port: a test before may have left this thread in a network namespace
 * where none is free.
 */
export async function listen(server: Server, name: string): Promise<void> {
  server.listen(`\0ephemeral-port-exporter-${process.pid}-${name}`);
  await once(server, 'listening');
}
