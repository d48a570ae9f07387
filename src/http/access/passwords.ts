import { createHmac, randomBytes } from 'node:crypto';
import { type Clock, SYSTEM_CLOCK } from '../../kernel/clock.ts';
import { RateLimit } from '../bounds/rate-limit.ts';
import type { Credentials } from './basic-auth.ts';
import { Bcrypt } from './bcrypt.ts';
import { BoundedMap } from './bounded-map.ts';

/** Outcomes that are remembered. Chosen, as in exporter-toolkit: far more than there are users. */
const REMEMBERED = 100;

/** Wrong passwords that a client may try. Chosen: a person who mistypes is not kept out, and guessing is hopeless. */
const FAILURES = { burst: 10, everySeconds: 10 };

/** Clients whose failures are remembered. */
const CLIENTS = 1000;

/** Passwords that wait for the thread: some seconds of work at the usual cost. */
const MAX_PENDING = 32;

/** What a password leads to; `later` where the client has failed too often, or too many are waiting. */
export type Verdict = 'right' | 'wrong' | 'later';

/** Checks passwords against bcrypt hashes, beside the main thread, and remembers what it has found. */
export class Passwords {
  readonly #bcrypt = new Bcrypt();
  readonly #clock: Clock;
  /** Under a key of this process, so that neither the memory nor the time of a lookup tells a password. */
  readonly #secret = randomBytes(32);
  readonly #right = new BoundedMap<string, true>(REMEMBERED);
  /** Apart from the right ones, which no number of wrong ones may push out. */
  readonly #wrong = new BoundedMap<string, true>(REMEMBERED);
  readonly #failures = new BoundedMap<string, RateLimit>(CLIENTS);
  /** Comparisons under way, by key: many may ask for the same. */
  readonly #checks = new Map<string, Promise<boolean>>();

  constructor(clock: Clock = SYSTEM_CLOCK) {
    this.#clock = clock;
  }

  /** `users` has the hashes; `client` is whom to count a failure for. Rejects where the thread died. */
  async check(
    { user, password }: Credentials,
    users: ReadonlyMap<string, string>,
    client: string,
  ): Promise<Verdict> {
    // For an unknown user the hash of another: it takes as long, and the outcome is thrown away.
    const [anybody = ''] = users.values();
    const hash = users.get(user) ?? anybody;
    const key = this.#keyOf(user, hash, password);
    if (this.#right.get(key)) return 'right';
    if (!this.#mayFail(client)) return 'later';
    if (this.#wrong.get(key)) return 'wrong';
    return this.#find(key, password, hash, users.has(user));
  }

  async #find(key: string, password: string, hash: string, isUser: boolean): Promise<Verdict> {
    if (!this.#checks.has(key) && this.#checks.size >= MAX_PENDING) return 'later';
    const isRight = (await this.#compare(key, password, hash)) && isUser;
    (isRight ? this.#right : this.#wrong).set(key, true);
    return isRight ? 'right' : 'wrong';
  }

  #compare(key: string, password: string, hash: string): Promise<boolean> {
    const known = this.#checks.get(key);
    if (known !== undefined) return known;
    const check = this.#bcrypt.compare(password, hash).finally(() => this.#checks.delete(key));
    this.#checks.set(key, check);
    return check;
  }

  #keyOf(...parts: readonly string[]): string {
    const text = JSON.stringify(parts);
    return createHmac('sha256', this.#secret).update(text).digest('base64');
  }

  /** Takes one of the failures that the client may have. */
  #mayFail(client: string): boolean {
    const failures = this.#failures.get(client) ?? new RateLimit(FAILURES, this.#clock);
    this.#failures.set(client, failures);
    return failures.take();
  }
}
