import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../support/host.ts';
import { Random } from '../support/random.ts';
import type { Oracle } from './oracle.ts';
import type { Scrapes } from './scrapes.ts';
import { type Kind, Tenant } from './tenant.ts';

const STEP_MS = 250;
const SHOWN_WITHIN_MS = 40_000;
/** The process that keeps a namespace of `Host` alive sleeps for 1000 s. */
const MOST_LASTING_MS = 900_000;

/** Namespaces that are there at a time, by what they are. */
const PLACES: readonly Kind[] = ['plain', 'plain', 'plain', 'binders', 'lasting', 'lasting'];

/** Namespaces that come, are busy, are compared with the kernel, and go; each place of the list is filled again. */
export class Tenants {
  begun = 0;
  ended = 0;
  /** Ended at whatever moment, without a comparison. */
  killed = 0;
  steps = 0;
  readonly #host: Host;
  readonly #scrapes: Scrapes;
  readonly #oracle: Oracle;
  readonly #seed: number;
  readonly #living = new Set<Tenant>();

  constructor(host: Host, scrapes: Scrapes, oracle: Oracle, seed: number) {
    this.#host = host;
    this.#scrapes = scrapes;
    this.#oracle = oracle;
    this.#seed = seed;
  }

  async run(isOver: () => boolean): Promise<void> {
    const places = PLACES.map((kind, index) =>
      this.#fill(kind, new Random(this.#seed + index), isOver),
    );
    await Promise.all([...places, this.#step(isOver)]);
    for (const tenant of this.#living) await this.#end(tenant);
  }

  async #step(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      for (const tenant of this.#living) tenant.step();
      this.steps += this.#living.size;
      await sleep(STEP_MS);
    }
  }

  async #fill(kind: Kind, random: Random, isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const tenant = await Tenant.begin(this.#host, kind, random);
      this.begun += 1;
      this.#living.add(tenant);
      await this.#live(tenant, random, isOver);
      if (isOver()) return;
      await this.#end(tenant);
    }
  }

  async #live(tenant: Tenant, random: Random, isOver: () => boolean): Promise<void> {
    const isPassing = tenant.kind !== 'lasting';
    if (isPassing && random.oneIn(4)) {
      await this.#wait(random.below(20_000), isOver);
      this.killed += 1;
      return;
    }
    await this.#untilShown(tenant, isOver);
    do {
      await this.#wait(1000 + random.below(isPassing ? 15_000 : 20_000), isOver);
      if (isOver()) return;
      await this.#oracle.compare(tenant);
    } while (!isPassing && performance.now() - tenant.bornMs < MOST_LASTING_MS);
  }

  async #wait(milliseconds: number, isOver: () => boolean): Promise<void> {
    const endMs = performance.now() + milliseconds;
    while (!isOver() && performance.now() < endMs) await sleep(100);
  }

  async #untilShown({ netns }: Tenant, isOver: () => boolean): Promise<void> {
    const endMs = performance.now() + SHOWN_WITHIN_MS;
    const isShown = (): boolean => this.#scrapes.text.includes(`netns="${netns}"`);
    while (!isShown() && !isOver() && performance.now() < endMs) await sleep(200);
  }

  async #end(tenant: Tenant): Promise<void> {
    this.#living.delete(tenant);
    await tenant.end(this.#host);
    this.ended += 1;
  }
}
