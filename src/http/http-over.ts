import { createServer, type RequestListener, type Server } from 'node:http';

/** Time for a whole request to arrive, in milliseconds. Chosen: a scrape's is a few hundred bytes in one packet. */
const REQUEST_MS = 10_000;

/** How often requests and connections are looked at for the time above, in milliseconds. */
const CHECK_MS = 5_000;

/** Time in milliseconds for the next request of a connection: Prometheus scrapes once a minute at the least. */
const IDLE_MS = 72_000;

/** Requests of one connection in all; the last is answered with `Connection: close`. Chosen: four hours of scrapes. */
const MAX_REQUESTS = 1000;

/** A server that listens on nothing: whoever accepts connections emits them as `connection`, through TLS or not. */
export function httpOver(listener: RequestListener): Server {
  const times = {
    requestTimeout: REQUEST_MS,
    headersTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
  };
  const server = createServer({ ...times, connectionsCheckingInterval: CHECK_MS }, listener);
  server.maxRequestsPerSocket = MAX_REQUESTS;
  // At this event Node.js begins to keep the times (setupConnectionsTracking in lib/_http_server.js).
  server.emit('listening');
  return server;
}
