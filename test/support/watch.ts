import { expect } from 'vitest';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { assertSource, Polls, type Source, SOURCES } from './polls.ts';

/** Polls of one namespace by each source, side by side: what one says the other must say. */
export class Watch {
  readonly #polls = new Map<Source, Polls>(
    SOURCES.map((source) => [source, new Polls({ flags: [`--poll.source=${source}`] })]),
  );

  /** The pages after the next poll of each source, `seconds` after the last. */
  async next(seconds = 1): Promise<ReadonlyMap<Source, Exposition>> {
    const pages = new Map<Source, Exposition>();
    for (const [source, polls] of this.#polls) {
      const page = await polls.next(seconds);
      assertSource(page, source);
      pages.set(source, page);
    }
    return pages;
  }

  /** Polls, and expects each source to show `value` in the one series of that name and labels. */
  async expectNext(
    name: string,
    labels: Readonly<Record<string, string>>,
    value: number,
  ): Promise<void> {
    for (const [source, page] of await this.next()) {
      expect(page.find(name, labels), `${name} by ${source}`).toBe(value);
    }
  }

  close(): void {
    for (const polls of this.#polls.values()) polls.close();
  }
}
