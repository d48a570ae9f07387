import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { CONTENT_TYPE, type MetricsPage } from '../metrics/page.ts';
import { apiError, JSON_TYPE } from './api.ts';
import { BodySender } from './body-sender.ts';
import { BrowserGuard } from './browser-guard.ts';
import { prefersGzip } from './encoding.ts';
import type { WebPaths } from './external-url.ts';
import { LANDING_STYLE, landingPage } from './landing.ts';
import { RateLimit } from './rate-limit.ts';
import { securityHeaders } from './security-headers.ts';

export interface RouteOptions {
  readonly telemetryPath: string;
  readonly paths: WebPaths;
  /** Names by which browsers may come, beside those of this host. */
  readonly allowedHosts: readonly string[];
  /** Requests for the metrics, and for the API, that are answered at the same time; 0: any number. */
  readonly maxRequests: number;
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
}

const NOT_READY = 'no good poll yet, or the last one is too old';

/** Bytes of a request's body that are read, to be thrown away: a reload takes any body or none. */
const BODY_LIMIT = 64 * 1024;

/** Reloads that are granted. Chosen: more than a person or a config reloader asks for. */
const RELOADS = { burst: 5, everySeconds: 1 };

/** Puts all routes into `app`, with what is asked of every request before. */
export function route(app: FastifyInstance, options: RouteOptions): void {
  guard(app, options);
  const parser = { parseAs: 'buffer', bodyLimit: BODY_LIMIT } as const;
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', parser, (_request, _body, done) => {
    done(null);
  });
  app.setErrorHandler<FastifyError>((error, _request, reply) => {
    return apiError(reply, error.statusCode ?? 500, error.message);
  });
  new Routes(app, options);
}

/** What is asked of every request, and what every answer has. */
function guard(app: FastifyInstance, { allowedHosts, paths }: RouteOptions): void {
  const external = paths.externalHost === undefined ? [] : [paths.externalHost];
  const browsers = new BrowserGuard([...allowedHosts, ...external]);
  const headers = securityHeaders([LANDING_STYLE]);
  app.addHook('onRequest', async ({ method, headers: asked }, reply) => {
    void reply.headers(headers);
    // No route reads a body, whatever it is: fastify would refuse one whose type it does not understand.
    delete asked['content-type'];
    const refusal = browsers.refusal({ method, headers: asked });
    if (refusal !== undefined) await apiError(reply, 403, refusal);
  });
}

type Handler = (
  request: FastifyRequest,
  reply: FastifyReply,
) => FastifyReply | Promise<FastifyReply>;

class Routes {
  readonly #app: FastifyInstance;
  readonly #options: RouteOptions;
  readonly #metrics: BodySender;
  readonly #api: BodySender;
  readonly #reloads = new RateLimit(RELOADS);
  /** The methods of each path. */
  readonly #methods = new Map<string, readonly string[]>();

  constructor(app: FastifyInstance, options: RouteOptions) {
    const { telemetryPath, paths, maxRequests } = options;
    this.#app = app;
    this.#options = options;
    this.#metrics = new BodySender(maxRequests);
    this.#api = new BodySender(maxRequests);
    this.#get(telemetryPath, (request, reply) => this.#page(request, reply));
    this.#get('/', (_request, reply) => this.#landing(reply));
    this.#get('/api/v1/snapshot', (_request, reply) => this.#snapshot(reply));
    this.#get('/-/healthy', (_request, reply) => this.#healthy(reply));
    this.#get('/-/ready', (_request, reply) => this.#ready(reply));
    this.#add(['POST', 'PUT'], '/-/reload', (_request, reply) => this.#reload(reply));
    if (paths.prefix !== '') this.#redirectToPrefix();
    app.setNotFoundHandler((request, reply) => this.#notFound(request, reply));
  }

  #get(path: string, handler: Handler): void {
    this.#add(['GET', 'HEAD'], path, handler);
  }

  #add(methods: readonly string[], path: string, handler: Handler): void {
    const url = this.#options.paths.prefix + path;
    this.#methods.set(url, methods);
    // fastify adds HEAD by itself.
    this.#app.route({ method: methods.filter((each) => each !== 'HEAD'), url, handler });
  }

  #redirectToPrefix(): void {
    const { prefix, linkPrefix } = this.#options.paths;
    for (const url of ['/', prefix]) {
      this.#methods.set(url, ['GET', 'HEAD']);
      this.#app.get(url, (_request, reply) => reply.redirect(`${linkPrefix}/`));
    }
  }

  #notFound({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply {
    const [path = ''] = url.split('?');
    const methods = this.#methods.get(path);
    if (methods === undefined) return apiError(reply, 404, `there is no ${method} ${url}`);
    void reply.header('allow', methods.join(', '));
    return apiError(reply, 405, `${path} takes ${methods.join(' or ')}, not ${method}`);
  }

  #page({ headers }: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    return this.#metrics.answer(reply, async () => {
      const page = await this.#options.page.current();
      void reply.type(CONTENT_TYPE).header('vary', 'Accept-Encoding');
      if (!prefersGzip(headers['accept-encoding'])) return page.text;
      void reply.header('content-encoding', 'gzip');
      return page.gzip;
    });
  }

  #landing(reply: FastifyReply): FastifyReply {
    const { telemetryPath, version, isReady, paths } = this.#options;
    const prefix = paths.linkPrefix;
    const html = landingPage({ version, prefix, telemetryPath, ready: isReady() });
    return reply.type('text/html; charset=utf-8').send(html);
  }

  #snapshot(reply: FastifyReply): FastifyReply | Promise<FastifyReply> {
    if (!this.#options.isReady()) return apiError(reply, 503, NOT_READY);
    return this.#api.answer(reply, async () => {
      const json = await this.#options.details();
      if (json === undefined) apiError(reply, 503, 'the last poll failed: see the log');
      else void reply.type(JSON_TYPE);
      return json;
    });
  }

  #healthy(reply: FastifyReply): FastifyReply {
    if (this.#options.isHealthy()) return reply.send('Healthy.\n');
    return reply.code(503).send('Unhealthy.\n');
  }

  #ready(reply: FastifyReply): FastifyReply {
    if (this.#options.isReady()) return reply.send('Ready.\n');
    return reply.code(503).send('Unready.\n');
  }

  async #reload(reply: FastifyReply): Promise<FastifyReply> {
    if (!this.#reloads.take()) {
      void reply.header('retry-after', String(RELOADS.everySeconds));
      return apiError(reply, 429, 'reloads come too fast: try again');
    }
    const problem = await this.#options.reload();
    if (problem === undefined) return reply.send('Reloaded.\n');
    return reply.code(500).send(`Not reloaded: ${problem}\n`);
  }
}
