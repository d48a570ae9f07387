import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiError } from '../api/api.ts';
import { clientOf } from '../bounds/client-address.ts';
import type { AccessState } from './access.ts';
import { credentialsOf } from './basic-auth.ts';
import { Passwords, type Verdict } from './passwords.ts';

const CHALLENGE = 'Basic realm="ephemeral-port-exporter", charset="UTF-8"';

/** Asks each request for what the configuration asks for: a client certificate, a password, patience. */
export class Gatekeeper {
  readonly #passwords = new Passwords();

  /** Answers a request that may not come in; whether it has. */
  async refuses(
    { config, gate, rateLimit }: AccessState,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<boolean> {
    if (rateLimit?.take() === false) return later(reply, 'requests come too fast (rate_limit)');
    const { socket } = request.raw;
    if (gate?.knows(socket) === false) return cut(socket, reply);
    const problem = gate?.problemOf(socket);
    if (problem !== undefined) return refuse(reply, 401, problem);
    if (config.users.size === 0) return false;
    const verdict = await this.#verdictOn(request, config.users);
    if (verdict === 'right') return false;
    if (verdict === 'later') return later(reply, 'too many passwords are wrong, or being checked');
    void reply.header('www-authenticate', CHALLENGE);
    return refuse(reply, 401, 'a user and a password are needed');
  }

  async #verdictOn(
    { headers, raw }: FastifyRequest,
    users: ReadonlyMap<string, string>,
  ): Promise<Verdict> {
    const credentials = credentialsOf(headers.authorization);
    if (credentials === undefined) return 'wrong';
    return this.#passwords.check(credentials, users, clientOf(raw.socket.remoteAddress));
  }
}

/**
 * Clients take it for an idle connection that was ended, and ask again on a new one. The socket is the request's: an answer
 * that waits for those before it has none yet.
 */
function cut(socket: Socket, reply: FastifyReply): true {
  reply.hijack();
  socket.destroy();
  return true;
}

function later(reply: FastifyReply, why: string): true {
  void reply.header('retry-after', '10');
  return refuse(reply, 429, `${why}: try again later`);
}

function refuse(reply: FastifyReply, status: number, why: string): true {
  apiError(reply, status, why);
  return true;
}
