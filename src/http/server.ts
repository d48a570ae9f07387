import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { Connections } from './connections.ts';
import { httpOver } from './http-over.ts';
import { Listeners } from './listeners.ts';
import type { ListenAddress } from './listen-address.ts';
import { RequestsInFlight } from './requests-in-flight.ts';
import { route, type RouteOptions } from './routes.ts';

export interface ServerOptions extends RouteOptions {
  /** Where to listen: on these addresses, or on the sockets that systemd has opened. */
  readonly addresses: readonly ListenAddress[] | 'systemd';
  /** Where procfs is mounted: to explain a port that is in use. */
  readonly procfs: string;
}

/** Serves the metrics, the snapshot and the probes: listeners → bounds → HTTP → routes. */
export class HttpServer {
  readonly #app: FastifyInstance;
  readonly #http: Server;
  readonly #listeners: Listeners;
  readonly #connections = new Connections();
  readonly #requests = new RequestsInFlight();

  constructor(options: ServerOptions) {
    const { addresses, procfs } = options;
    this.#app = fastify({ exposeHeadRoutes: true });
    route(this.#app, options);
    this.#http = httpOver((request, response) => {
      if (this.#requests.begin(request, response)) this.#app.routing(request, response);
    });
    this.#http.on('connection', (socket: Socket) => {
      this.#requests.connected(socket);
    });
    const accept = (socket: Socket): void => {
      this.#accept(socket);
    };
    this.#listeners = new Listeners({ addresses, procfs, accept });
  }

  /** Listens on all addresses. Throws `ListenError`. */
  async listen(): Promise<void> {
    await this.#app.ready();
    await this.#listeners.listen();
  }

  /** Stops listening; resolves when the requests in flight are answered and the answers have left. */
  async close(): Promise<void> {
    const closed = this.#listeners.close();
    this.#requests.close();
    await closed;
    this.#http.close();
    await this.#app.close();
  }

  #accept(socket: Socket): void {
    if (this.#connections.isCrowded) this.#http.closeIdleConnections();
    if (this.#connections.admit(socket)) this.#http.emit('connection', socket);
    else socket.destroy();
  }
}
