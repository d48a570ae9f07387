import type { FastifyReply } from 'fastify';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** The one shape of an error, whatever went wrong: `{"schema": 1, "error": "…"}`. */
export function apiError(reply: FastifyReply, status: number, message: string): FastifyReply {
  return reply
    .code(status)
    .type(JSON_TYPE)
    .send(JSON.stringify({ schema: 1, error: message }));
}
