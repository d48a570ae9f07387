import type { FastifyRequest } from 'fastify';
import type { AskedQuestion } from './asked-question.ts';
import { explainQuestion, portQuestion } from './questions.ts';

/** A path of the API, and what it asks the sampler. */
export interface ApiRoute {
  readonly path: string;
  readonly question: (request: FastifyRequest) => AskedQuestion;
  /** Whether each question has an answer of its own, for which much is looked up or read anew: then they are granted one by one. */
  readonly isCostly?: boolean;
}

/** All that can be read by `GET`; each described field by field in src/http/README.md. */
export const API_ROUTES: readonly ApiRoute[] = [
  { path: '/api/v1/snapshot', question: () => ({ ok: true, question: { about: 'snapshot' } }) },
  { path: '/api/v1/overview', question: () => ({ ok: true, question: { about: 'overview' } }) },
  { path: '/api/v1/explain', question: explainQuestion, isCostly: true },
  { path: '/api/v1/ports/:port', question: portQuestion, isCostly: true },
];
