import { createServer, type Server } from 'node:http';
import {
  fastify,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { CONTENT_TYPE, type MetricsPage } from '../metrics/page.ts';
import { landingPage } from './landing.ts';
import { formatListenAddress, type ListenAddress, ListenError } from './listen-address.ts';
import { explainPortInUse } from './port-owner.ts';
import { apiError, JSON_TYPE } from './api.ts';

export interface ServerOptions {
  readonly addresses: readonly ListenAddress[];
  readonly telemetryPath: string;
  readonly version: string;
  readonly page: MetricsPage;
  /** Whether there is a successful poll that is not too old. */
  readonly isReady: () => boolean;
  /** Whether the sampler answers. */
  readonly isHealthy: () => boolean;
  /** Everything that the latest poll found, as JSON; undefined where that poll failed. */
  readonly details: () => Promise<Uint8Array | undefined>;
  /** Reads the configuration and puts it in force; resolves with what is wrong with it, undefined where nothing is. */
  readonly reload: () => Promise<string | undefined>;
  /** Where procfs is mounted: to explain a port that is in use. */
  readonly procfs: string;
}

const NOT_READY = 'no good poll yet, or the last one is too old';

/** Serves the metrics, the snapshot and the probes. */
export class HttpServer {
  readonly #options: ServerOptions;
  readonly #app: FastifyInstance;
  /** A server for each further address, because fastify listens on one only; they share its routes. */
  readonly #moreServers: Server[] = [];

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#app = fastify({ forceCloseConnections: 'idle', exposeHeadRoutes: true });
    this.#route();
  }

  /** Listens on all addresses. Throws `ListenError`. */
  async listen(): Promise<void> {
    const [first, ...more] = this.#options.addresses;
    if (first === undefined) return;
    await this.#listenOrExplain(first, () => listenFirst(this.#app, first));
    for (const address of more) {
      const server = createServer((request, response) => {
        this.#app.routing(request, response);
      });
      this.#moreServers.push(server);
      await this.#listenOrExplain(address, () => listenOn(server, address));
    }
  }

  /** Stops listening; resolves when the requests in flight are answered. */
  async close(): Promise<void> {
    const others = this.#moreServers.map((server) => {
      const closed = new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
      server.closeIdleConnections();
      return closed;
    });
    await Promise.all([this.#app.close(), ...others]);
  }

  #route(): void {
    const { telemetryPath, version, isReady } = this.#options;
    this.#app.get(telemetryPath, (request, reply) => this.#metrics(request, reply));
    this.#app.get('/', (_request, reply) => {
      const html = landingPage({ version, telemetryPath, ready: isReady() });
      return reply.type('text/html; charset=utf-8').send(html);
    });
    this.#app.get('/api/v1/snapshot', (_request, reply) => this.#snapshot(reply));
    this.#app.post('/-/reload', async (_request, reply) => {
      const problem = await this.#options.reload();
      if (problem === undefined) return reply.send('Reloaded.\n');
      return reply.code(500).send(`Not reloaded: ${problem}\n`);
    });
    this.#app.get('/-/healthy', (_request, reply) => {
      if (this.#options.isHealthy()) return reply.send('Healthy.\n');
      return reply.code(503).send('Not healthy: no poll has ended for too long.\n');
    });
    this.#app.get('/-/ready', (_request, reply) => {
      if (isReady()) return reply.send('Ready.\n');
      return reply.code(503).send(`Not ready: ${NOT_READY}.\n`);
    });
    this.#app.setNotFoundHandler(({ method, url }, reply) => {
      return apiError(reply, 404, `there is no ${method} ${url}`);
    });
    this.#app.setErrorHandler<FastifyError>((error, _request, reply) => {
      return apiError(reply, error.statusCode ?? 500, error.message);
    });
  }

  async #snapshot(reply: FastifyReply): Promise<FastifyReply> {
    if (!this.#options.isReady()) return apiError(reply, 503, NOT_READY);
    const json = await this.#options.details();
    if (json === undefined) return apiError(reply, 503, 'the last poll failed: see the log');
    return reply.type(JSON_TYPE).send(json);
  }

  async #metrics(request: FastifyRequest, reply: FastifyReply): Promise<Buffer> {
    const page = await this.#options.page.current();
    void reply.type(CONTENT_TYPE).header('vary', 'Accept-Encoding');
    if (!acceptsGzip(request.headers['accept-encoding'])) return page.text;
    void reply.header('content-encoding', 'gzip');
    return page.gzip;
  }

  /** Throws `ListenError`, which says who uses the port where it is in use. */
  async #listenOrExplain(address: ListenAddress, listen: () => Promise<unknown>): Promise<void> {
    try {
      await listen();
    } catch (error) {
      const shown = formatListenAddress(address);
      const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
      await this.close();
      const why = inUse
        ? `the port is in use: ${explainPortInUse(this.#options.procfs, address.port)}`
        : String(error);
      throw new ListenError(`--web.listen-address=${shown}: ${why}`);
    }
  }
}

/** Without a host it listens on all addresses, of IPv4 alone where the kernel has no IPv6. */
async function listenFirst(app: FastifyInstance, { host, port }: ListenAddress): Promise<unknown> {
  try {
    return await app.listen({ host: host ?? '::', port });
  } catch (error) {
    if (host !== undefined || !lacksIpv6(error)) throw error;
    return app.listen({ host: '0.0.0.0', port });
  }
}

function lacksIpv6(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'EAFNOSUPPORT' || error.code === 'EADDRNOTAVAIL')
  );
}

/** Without a host Node.js listens on all addresses, and falls back to IPv4 by itself. */
function listenOn(server: Server, { host, port }: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, ...(host === undefined ? {} : { host }) }, resolve);
  });
}

/** Whether an Accept-Encoding header allows gzip. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const codings = String(header ?? '')
    .toLowerCase()
    .split(',');
  return codings.some((coding) => {
    const [name = '', ...parameters] = coding.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q'))?.split('=')[1];
    return (name === 'gzip' || name === '*') && Number(weight ?? 1) > 0;
  });
}
