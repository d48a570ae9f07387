import type { FastifyContextConfig, FastifyReply, FastifyRequest } from 'fastify';
import { BodySender } from '../bounds/body-sender.ts';
import { Compressed } from '../api/compressed.ts';
import { prefersGzip } from '../encoding.ts';
import { PAGE_POLICY } from '../security-headers.ts';
import { type Asset, readAssets } from './assets.ts';
import { LivePage, type LivePageOptions } from './live-page.ts';

/** A path of the page, relative to the prefix. */
export interface PageRoute {
  readonly path: string;
  readonly config: FastifyContextConfig;
  readonly handle: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;
}

export interface PageRouteOptions extends Omit<LivePageOptions, 'assets'> {
  /** Requests that are answered at the same time; 0: any number. */
  readonly maxRequests: number;
}

const PAGE_CONFIG = { headers: { 'content-security-policy': PAGE_POLICY } };

/** The name of an asset has a hash of its bytes. Whoever had to sign in keeps it for himself. */
const ASSET_CONFIG = { headers: { 'cache-control': 'private, max-age=31536000, immutable' } };

/** The page at `/`, and the files that it loads. */
export function pageRoutes(options: PageRouteOptions): readonly PageRoute[] {
  const assets = readAssets();
  const page = new LivePage({ ...options, assets });
  const sender = new BodySender(options.maxRequests);
  const compressed = new Compressed();
  const answerWith =
    (type: string, body: () => Promise<Uint8Array>): PageRoute['handle'] =>
    ({ headers }, reply) =>
      sender.answer(reply, async () => {
        const bytes = await body();
        void reply.type(type).header('vary', 'Accept-Encoding');
        if (!prefersGzip(headers['accept-encoding'])) return bytes;
        void reply.header('content-encoding', 'gzip');
        return compressed.of(bytes);
      });
  const assetRoute = ({ name, type, bytes }: Asset): PageRoute => ({
    path: `/assets/${name}`,
    config: ASSET_CONFIG,
    handle: answerWith(type, () => Promise.resolve(bytes)),
  });
  const handle = answerWith('text/html; charset=utf-8', () => page.current());
  return [{ path: '/', config: PAGE_CONFIG, handle }, ...assets.all.map(assetRoute)];
}
