import { createServer } from 'node:http';
import { argument, serve } from './child.ts';

/** A server that does nothing but answer every request with the same bytes: the floor of what a scrape takes here. */

const { port, bytes } = argument() as { readonly port: number; readonly bytes: number };

const body = Buffer.alloc(bytes);
const server = createServer((_request, response) => {
  response.setHeader('Content-Length', bytes);
  response.end(body);
});

serve({
  listen: () =>
    new Promise<void>((resolve) => {
      server.listen(port, '127.0.0.1', resolve);
    }),
});
