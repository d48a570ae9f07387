import type { FastifyRequest } from 'fastify';
import type { Question } from '../sampler/question.ts';

/** A path of the API, and what it asks the sampler. */
export interface ApiRoute {
  readonly path: string;
  readonly question: (request: FastifyRequest) => AskedQuestion;
}

/** A question, or what is wrong with the request. */
export type AskedQuestion =
  | { readonly ok: true; readonly question: Question }
  | { readonly ok: false; readonly problem: string };

/** All that can be read by `GET`; each described field by field in src/http/README.md. */
export const API_ROUTES: readonly ApiRoute[] = [
  { path: '/api/v1/snapshot', question: () => ({ ok: true, question: { about: 'snapshot' } }) },
  { path: '/api/v1/overview', question: () => ({ ok: true, question: { about: 'overview' } }) },
];
