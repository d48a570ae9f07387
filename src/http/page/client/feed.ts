import type { Overview } from '../../../answers/overview/overview.ts';
import { waitAfterAnswer, waitAfterFailure } from '../model/waits.ts';

/** The latest overview, and what is wrong with getting a newer one. */
export interface FeedState {
  readonly overview: Overview | undefined;
  /** Why there is none newer, as a sentence without a full stop; empty where all is well. */
  readonly problem: string;
  /** Since when, in milliseconds of this browser's clock. */
  readonly problemSinceMs: number;
}

/** How long an answer may take, in milliseconds. Chosen: a busy host's poll, twice. */
const TIMEOUT_MS = 15_000;

/** Refusals for want of room that are not worth a word. */
const PATIENCE = 3;

/** Asks for an overview after each poll of the exporter, and tells those who watch. */
export class Feed {
  readonly #url: string;
  readonly #watchers = new Set<() => void>();
  #state: FeedState = { overview: undefined, problem: '', problemSinceMs: 0 };
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #isAsking = false;

  constructor(url: string) {
    this.#url = url;
  }

  get state(): FeedState {
    return this.#state;
  }

  /** Calls `changed` after each answer, until the function that is returned is called. */
  watch(changed: () => void): () => void {
    this.#watchers.add(changed);
    return () => {
      this.#watchers.delete(changed);
    };
  }

  start(): void {
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') void this.#ask();
    });
    void this.#ask();
  }

  /** A page that nobody sees does not ask. */
  async #ask(): Promise<void> {
    if (this.#isAsking || document.visibilityState === 'hidden') return;
    this.#isAsking = true;
    clearTimeout(this.#timer);
    const waitMs = await this.#answered();
    this.#isAsking = false;
    this.#timer = setTimeout(() => void this.#ask(), waitMs);
    for (const changed of [...this.#watchers]) changed();
  }

  /** Takes one answer; how long to wait for the next, in milliseconds. */
  async #answered(): Promise<number> {
    try {
      const response = await fetch(this.#url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
      if (!response.ok) return this.#failed(await refusalOf(response), response.status === 503);
      const overview = (await response.json()) as Overview;
      const isNew = overview.taken_at_seconds !== this.#state.overview?.taken_at_seconds;
      this.#failures = 0;
      this.#state = { overview, problem: '', problemSinceMs: 0 };
      return waitAfterAnswer(overview, Date.parse(response.headers.get('date') ?? ''), isNew);
    } catch {
      return this.#failed('The exporter does not answer', false);
    }
  }

  #failed(problem: string, mayPass: boolean): number {
    this.#failures += 1;
    const { overview, problemSinceMs } = this.#state;
    const isQuiet = mayPass && overview !== undefined && this.#failures < PATIENCE;
    if (!isQuiet) {
      this.#state = { overview, problem, problemSinceMs: problemSinceMs || Date.now() };
    }
    return waitAfterFailure(this.#failures);
  }
}

/** The API's own words where it has some. */
async function refusalOf(response: Response): Promise<string> {
  if (response.status === 401) return 'The exporter asks for a password: load the page anew';
  const body: unknown = await response.json().catch(() => undefined);
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : '';
  const why = typeof error === 'string' && error !== '' ? `: ${error}` : '';
  return `The exporter answers with ${response.status}${why}`;
}
