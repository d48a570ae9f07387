import type { Overview } from '../../answers/overview/overview.ts';
import { TimeSlice } from '../../metrics/time-slice.ts';
import type { Answer, Question } from '../../sampler/question.ts';
import { type DocumentOptions, documentParts } from './document.ts';

export interface LivePageOptions extends DocumentOptions {
  /** Whether there is a good poll that is not too old. */
  readonly isReady: () => boolean;
  readonly ask: (question: Question) => Promise<Answer | undefined>;
}

/** Endpoints that the server renders. Chosen: more than anybody reads without a filter, which needs scripts. */
const MAX_ENDPOINTS = 200;

/** Renders the page once for each poll, however many look at it, in slices between which scrapes are answered. */
export class LivePage {
  readonly #options: LivePageOptions;
  /** By the answer that they show: the sampler gives the same one until the next poll. */
  readonly #rendered = new WeakMap<Uint8Array, Promise<Uint8Array>>();
  #nothing: Promise<Uint8Array> | undefined;

  constructor(options: LivePageOptions) {
    this.#options = options;
  }

  /** The HTML of the latest poll; without a good one, a page that says so. */
  async current(): Promise<Uint8Array> {
    const json = this.#options.isReady() ? await this.#overview() : undefined;
    if (json === undefined) return (this.#nothing ??= this.#render(undefined));
    const known = this.#rendered.get(json);
    if (known !== undefined) return known;
    const page = this.#render(json);
    this.#rendered.set(json, page);
    return page;
  }

  async #overview(): Promise<Uint8Array | undefined> {
    const answer = await this.#options.ask({ about: 'overview', maxEndpoints: MAX_ENDPOINTS });
    return answer?.ok === true ? answer.json : undefined;
  }

  async #render(json: Uint8Array | undefined): Promise<Uint8Array> {
    const slice = new TimeSlice();
    const overview =
      json === undefined ? undefined : (JSON.parse(Buffer.from(json).toString()) as Overview);
    const parts: string[] = [];
    for (const { text } of documentParts(this.#options, overview)) {
      parts.push(text);
      await slice.pause();
    }
    return Buffer.from(parts.join(''));
  }
}
