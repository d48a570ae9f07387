import type { Message } from './messages.ts';

/** The reply to a request; undefined where the thread died before it could reply. */
export type Reply = Exclude<Message, { readonly type: 'poll' }> | undefined;

/** The requests to the sampler's thread that have no reply yet. */
export class Requests {
  readonly #pending = new Map<number, (reply: Reply) => void>();
  #lastId = 0;

  /** Calls `post` with the id of a new request; resolves with the reply. */
  async send(post: (id: number) => void): Promise<Reply> {
    this.#lastId += 1;
    const id = this.#lastId;
    const replied = new Promise<Reply>((resolve) => this.#pending.set(id, resolve));
    post(id);
    return replied;
  }

  /** Resolves the request with this id. */
  settle(id: number, reply: Reply): void {
    this.#pending.get(id)?.(reply);
    this.#pending.delete(id);
  }

  /** Resolves all requests without a reply, because the thread has died. */
  settleAll(): void {
    for (const id of [...this.#pending.keys()]) this.settle(id, undefined);
  }
}
