import type { Message } from './messages.ts';

/** What a request is answered with; nothing where the thread died before it could answer. */
export type Answer = Exclude<Message, { readonly type: 'poll' }> | undefined;

/** The requests that the sampler's thread has not answered yet. */
export class Requests {
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #lastId = 0;

  /** Sends a request under a number of its own; resolves with its answer. */
  async ask(send: (id: number) => void): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = new Promise<Answer>((resolve) => this.#waiting.set(id, resolve));
    send(id);
    return answered;
  }

  settle(id: number, answer: Answer): void {
    this.#waiting.get(id)?.(answer);
    this.#waiting.delete(id);
  }

  /** The thread has died: nobody will answer. */
  settleAll(): void {
    for (const id of [...this.#waiting.keys()]) this.settle(id, undefined);
  }
}
