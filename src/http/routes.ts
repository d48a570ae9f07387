import type {
  FastifyContextConfig,
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
} from 'fastify';
import { CONTENT_TYPE, type MetricsPage } from '../metrics/page.ts';
import type { Answer, Question } from '../sampler/question.ts';
import { apiError, JSON_TYPE } from './api/api.ts';
import { API_ROUTES, type ApiRoute } from './api/api-routes.ts';
import { BodySender } from './bounds/body-sender.ts';
import { Compressed } from './api/compressed.ts';
import { prefersGzip } from './encoding.ts';
import { guard, type GuardOptions } from './guard.ts';
import { landingPage } from './landing.ts';
import { pageRoutes } from './page/page-routes.ts';
import { type Rate, RateLimit } from './bounds/rate-limit.ts';

export interface RouteOptions extends GuardOptions {
  readonly telemetryPath: string;
  /** Whether there is the live page, or the plain one with links alone. */
  readonly hasPage: boolean;
  /** Requests for the metrics, and for the API, that are answered at the same time; 0: any number. */
  readonly maxRequests: number;
  readonly version: string;
  readonly page: MetricsPage;
  /** Whether there is a successful poll that is not too old. */
  readonly isReady: () => boolean;
  /** Whether the sampler answers. */
  readonly isHealthy: () => boolean;
  /** Answers from the latest poll; undefined where that poll failed. */
  readonly ask: (question: Question) => Promise<Answer | undefined>;
  /** The incidents as JSON. */
  readonly incidents: () => Uint8Array;
  /** Reads the configuration and puts it in force; resolves with what is wrong with it, undefined where nothing is. */
  readonly reload: () => Promise<string | undefined>;
}

const NOT_READY = 'no good poll yet, or the last one is too old';

/** Bytes of a request's body that are read, to be thrown away: a reload takes any body or none. */
const BODY_LIMIT = 64 * 1024;

/** Reloads that are granted. Chosen: more than a person or a config reloader asks for. */
const RELOADS = { burst: 5, everySeconds: 1 };

/**
 * Questions that are granted of those for which something is read anew, between two polls. Chosen: more than people ask, and few
 * enough that polls are not held up.
 */
const COSTLY = { burst: 10, everySeconds: 1 };

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

type Handler = (
  request: FastifyRequest,
  reply: FastifyReply,
) => FastifyReply | Promise<FastifyReply>;

const OPEN = { isOpen: true };

class Routes {
  readonly #app: FastifyInstance;
  readonly #options: RouteOptions;
  readonly #metrics: BodySender;
  readonly #answers: BodySender;
  readonly #compressed = new Compressed();
  readonly #reloads = new RateLimit(RELOADS);
  readonly #costly = new RateLimit(COSTLY);
  /** The methods of each path. */
  readonly #methods = new Map<string, readonly string[]>();

  constructor(app: FastifyInstance, options: RouteOptions) {
    const { telemetryPath, paths, maxRequests } = options;
    this.#app = app;
    this.#options = options;
    this.#metrics = new BodySender(maxRequests);
    this.#answers = new BodySender(maxRequests);
    this.#get(telemetryPath, (request, reply) => this.#page(request, reply));
    this.#addPage();
    for (const each of API_ROUTES) {
      this.#get(each.path, (request, reply) => this.#api(each, request, reply));
    }
    this.#get('/api/v1/incidents', (request, reply) => this.#incidents(request, reply));
    this.#get('/-/healthy', (_request, reply) => this.#healthy(reply), OPEN);
    this.#get('/-/ready', (_request, reply) => this.#ready(reply), OPEN);
    this.#add(['POST', 'PUT'], '/-/reload', (_request, reply) => this.#reload(reply));
    if (paths.prefix !== '') this.#redirectToPrefix();
    app.setNotFoundHandler((request, reply) => this.#notFound(request, reply));
  }

  #get(path: string, handler: Handler, config?: FastifyContextConfig): void {
    this.#add(['GET', 'HEAD'], path, handler, config);
  }

  #add(
    methods: readonly string[],
    path: string,
    handler: Handler,
    config: FastifyContextConfig = {},
  ): void {
    const url = this.#options.paths.prefix + path;
    this.#methods.set(url, methods);
    // fastify adds HEAD by itself.
    this.#app.route({ method: methods.filter((each) => each !== 'HEAD'), url, handler, config });
  }

  #addPage(): void {
    const { paths, hasPage } = this.#options;
    if (!hasPage) this.#get('/', (_request, reply) => this.#landing(reply));
    else {
      for (const { path, handle, config } of pageRoutes({
        ...this.#options,
        linkPrefix: paths.linkPrefix,
      })) {
        this.#get(path, handle, config);
      }
    }
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
    const methods = this.#methodsOf(path);
    if (methods === undefined) return apiError(reply, 404, `there is no ${method} ${url}`);
    void reply.header('allow', methods.join(', '));
    return apiError(reply, 405, `${path} takes ${methods.join(' or ')}, not ${method}`);
  }

  /** The methods of a path; of one that has a parameter whatever it is. */
  #methodsOf(path: string): readonly string[] | undefined {
    const [, methods] =
      [...this.#methods].find(([url]) => isOfRoute(path.split('/'), url.split('/'))) ?? [];
    return methods;
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

  #api(
    { question, isCostly = false }: ApiRoute,
    request: FastifyRequest,
    reply: FastifyReply,
  ): FastifyReply | Promise<FastifyReply> {
    const asked = question(request);
    if (!asked.ok) return apiError(reply, 400, asked.problem);
    if (!this.#options.isReady()) return apiError(reply, 503, NOT_READY);
    if (isCostly && !this.#costly.take()) return tooFast(reply, COSTLY, 'questions');
    return this.#answers.answer(reply, async () => {
      const answer = await this.#options.ask(asked.question);
      if (answer?.ok === true) return this.#json(answer.json, request, reply);
      if (answer === undefined) apiError(reply, 503, 'the last poll failed: see the log');
      else apiError(reply, answer.status, answer.problem);
      return undefined;
    });
  }

  /** They are kept beside the sampler, and there also when no poll succeeds. */
  #incidents(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { incidents } = this.#options;
    return this.#answers.answer(reply, () => this.#json(incidents(), request, reply));
  }

  async #json(
    json: Uint8Array,
    { headers }: FastifyRequest,
    reply: FastifyReply,
  ): Promise<Uint8Array> {
    void reply.type(JSON_TYPE).header('vary', 'Accept-Encoding');
    if (!prefersGzip(headers['accept-encoding'])) return json;
    void reply.header('content-encoding', 'gzip');
    return this.#compressed.of(json);
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
      return tooFast(reply, RELOADS, 'reloads');
    }
    const problem = await this.#options.reload();
    if (problem === undefined) return reply.send('Reloaded.\n');
    return reply.code(500).send(`Not reloaded: ${problem}\n`);
  }
}

function isOfRoute(path: readonly string[], route: readonly string[]): boolean {
  return (
    path.length === route.length &&
    route.every((part, index) => part.startsWith(':') || part === path[index])
  );
}

function tooFast(reply: FastifyReply, { everySeconds }: Rate, what: string): FastifyReply {
  void reply.header('retry-after', String(everySeconds));
  return apiError(reply, 429, `${what} come too fast: try again`);
}
