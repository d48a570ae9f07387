import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { apiError } from '../api/api.ts';
import { BodyBudget } from './body-budget.ts';

/** Bytes that are handed to a connection at once: TLS encrypts, and so copies, all that it is given, read or not. */
const PIECE_BYTES = 64 * 1024;

/** Sends the large answers, so many at a time, and bounds what clients that read slowly keep in memory. */
export class BodySender {
  readonly #budget = new BodyBudget();
  readonly #maxRequests: number;
  #requests = 0;

  /** `maxRequests` are answered at the same time; 0: any number. */
  constructor(maxRequests: number) {
    this.#maxRequests = maxRequests;
  }

  /** Answers with the bytes that `body` makes; where it makes none, it has answered by itself. */
  async answer(
    reply: FastifyReply,
    body: () => Promise<Uint8Array | undefined>,
  ): Promise<FastifyReply> {
    if (this.#maxRequests > 0 && this.#requests >= this.#maxRequests) {
      return busy(reply, `${this.#maxRequests} requests are being answered (--web.max-requests)`);
    }
    const closed = this.#count(reply);
    const bytes = await body();
    if (bytes === undefined) return reply;
    if (closed.aborted) return reply.hijack();
    return this.#send(reply, bytes);
  }

  #count(reply: FastifyReply): AbortSignal {
    const closed = new AbortController();
    this.#requests += 1;
    reply.raw.once('close', () => {
      this.#requests -= 1;
      closed.abort();
    });
    return closed.signal;
  }

  #send(reply: FastifyReply, bytes: Uint8Array): FastifyReply {
    if (!this.#budget.hold(bytes)) return busy(reply, 'too many answers are being read slowly');
    reply.raw.once('close', () => {
      this.#budget.release(bytes);
    });
    void reply.header('content-length', bytes.byteLength);
    const isSmall = bytes.byteLength <= PIECE_BYTES;
    return reply.send(
      isSmall
        ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
        : Readable.from(pieces(bytes)),
    );
  }
}

function busy(reply: FastifyReply, why: string): FastifyReply {
  void reply.header('retry-after', '1');
  return apiError(reply, 503, `${why}: try again`);
}

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    yield bytes.subarray(at, at + PIECE_BYTES);
  }
}
