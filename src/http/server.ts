import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type FastifyInstance, fastify } from 'fastify';
import { Access } from './access/access.ts';
import { isPlain } from './access/plain-probe.ts';
import { Connections } from './bounds/connections.ts';
import { httpOver } from './http-over.ts';
import { Listeners } from './listeners.ts';
import type { ListenAddress } from './listen-address.ts';
import { RequestsInFlight } from './bounds/requests-in-flight.ts';
import { route, type RouteOptions } from './routes.ts';

export interface ServerOptions extends Omit<RouteOptions, 'access'> {
  /** Where to listen: on these addresses, or on the sockets that systemd has opened. */
  readonly addresses: readonly ListenAddress[] | 'systemd';
  /** Where procfs is mounted: to explain a port that is in use. */
  readonly procfs: string;
  /** The file of `--web.config.file`; undefined: plain HTTP without a password. */
  readonly configFile: string | undefined;
  /** Called when the file of `--web.config.file` has changed and is in force. */
  readonly accessChanged: () => void;
  /** Called with what is wrong with that file; what was in force before stays. */
  readonly accessRefused: (problem: string) => void;
}

/** Serves the metrics, the snapshot and the probes: listeners → bounds → TLS → HTTP → access → routes. */
export class HttpServer {
  readonly #options: ServerOptions;
  readonly #app: FastifyInstance;
  readonly #http: Server;
  readonly #listeners: Listeners;
  readonly #connections = new Connections();
  readonly #requests = new RequestsInFlight();
  #access: Access | undefined;

  constructor(options: ServerOptions) {
    const { addresses, procfs } = options;
    this.#options = options;
    this.#app = fastify({ exposeHeadRoutes: true });
    route(this.#app, { ...options, access: () => this.#access });
    this.#http = httpOver((request, response) => {
      if (this.#requests.begin(request, response)) this.#app.routing(request, response);
    });
    this.#http.on('connection', (socket: Socket) => {
      this.#requests.connected(socket);
    });
    const accept = (socket: Socket): void => {
      if (this.#admits(socket)) void this.#pass(socket);
    };
    this.#listeners = new Listeners({ addresses, procfs, accept });
  }

  /** Whether the file of `--web.config.file` was good when it was read last. */
  get lastAccessSuccessful(): boolean {
    return this.#access?.lastSuccessful ?? true;
  }

  /** Reads the file of `--web.config.file` anew; resolves with what is wrong with it. */
  async reloadAccess(): Promise<string | undefined> {
    return this.#access?.reload();
  }

  /** Listens on all addresses. Throws `ListenError`, and `ConfigError` where the file of `--web.config.file` is bad. */
  async listen(): Promise<void> {
    await this.#openAccess();
    await this.#app.ready();
    await this.#listeners.listen();
  }

  /** Stops listening; resolves when the requests in flight are answered and the answers have left. */
  async close(): Promise<void> {
    const closed = this.#listeners.close();
    this.#requests.endConnections();
    await closed;
    this.#http.close();
    await this.#app.close();
  }

  async #openAccess(): Promise<void> {
    const { configFile: path, accessChanged, accessRefused: refused } = this.#options;
    if (path === undefined) return;
    const pass = (socket: Socket): void => {
      this.#serve(socket);
    };
    const changed = (): void => {
      // What was let in by the rules before is not let in for ever.
      this.#requests.endConnections();
      accessChanged();
    };
    this.#access = await Access.open({ path, pass, changed, refused });
  }

  #admits(socket: Socket): boolean {
    if (this.#connections.isCrowded) this.#http.closeIdleConnections();
    if (this.#connections.admit(socket)) return true;
    socket.destroy();
    return false;
  }

  async #pass(socket: Socket): Promise<void> {
    // Nobody else listens yet: a client that resets its connection now would end the process.
    socket.on('error', () => socket.destroy());
    const gate = (await this.#access?.current())?.gate;
    // What comes without TLS gets no further than to the probes: the gate does not know it.
    const isServed = gate === undefined || (await isPlain(socket));
    if (socket.destroyed) return;
    if (isServed) this.#serve(socket);
    else gate.accept(socket);
  }

  #serve(socket: Socket): void {
    this.#http.emit('connection', socket);
  }
}
