import type { FastifyInstance } from 'fastify';
import type { Access } from './access/access.ts';
import { Gatekeeper } from './access/gatekeeper.ts';
import { apiError } from './api/api.ts';
import { BrowserGuard } from './browser-guard.ts';
import type { WebPaths } from './external-url.ts';
import { LANDING_STYLE } from './landing.ts';
import { type Headers, securityHeaders } from './security-headers.ts';

export interface GuardOptions {
  readonly paths: WebPaths;
  /** Who may come in; undefined: everybody. */
  readonly access: () => Access | undefined;
  /** Names by which browsers may come, beside those of this host. */
  readonly allowedHosts: readonly string[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether anybody may ask: the route says one word. */
    readonly isOpen?: boolean;
    /** In place of what every answer has, by lower-case names. */
    readonly headers?: Headers;
  }
}

/** What is asked of every request, and what every answer has. */
export function guard(app: FastifyInstance, { access, allowedHosts, paths }: GuardOptions): void {
  const external = paths.externalHost === undefined ? [] : [paths.externalHost];
  const browsers = new BrowserGuard([...allowedHosts, ...external]);
  const gatekeeper = new Gatekeeper();
  const ours = securityHeaders([LANDING_STYLE]);
  app.addHook('onRequest', async (request, reply) => {
    const { method, headers, routeOptions } = request;
    // No route reads a body, whatever it is: fastify would refuse one whose type it does not understand.
    delete headers['content-type'];
    const state = await access()?.current();
    void reply.headers({ ...ours, ...routeOptions.config.headers, ...state?.config.headers });
    const refusal = browsers.refusal({ method, headers });
    if (refusal !== undefined) return apiError(reply, 403, refusal);
    if (state === undefined || routeOptions.config.isOpen === true) return undefined;
    return (await gatekeeper.refuses(state, request, reply)) ? reply : undefined;
  });
}
