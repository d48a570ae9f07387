import type { Overview } from '../../answers/overview/overview.ts';
import { printableJson } from '../../answers/printable.ts';
import { print, printError } from '../terminal.ts';
import type { Feed } from './feeds/feed.ts';
import { plainBlock } from './plain-block.ts';
import { isPollError } from './feeds/poll-error.ts';

export interface PlainOptions {
  readonly isJson: boolean;
  /** How many polls are written; undefined: until it is ended. */
  readonly iterations: number | undefined;
}

/** Writes each overview to standard output; returns the exit status, 1 where the last poll failed. */
export async function plain(
  feed: Feed,
  first: Overview | undefined,
  { isJson, iterations = Number.POSITIVE_INFINITY }: PlainOptions,
): Promise<number> {
  const text = isJson
    ? (overview: Overview) => printableJson(JSON.stringify(overview))
    : (overview: Overview) => plainBlock(overview, feed.source);
  let status = 0;
  for (let polls = 0; polls < iterations; polls += 1) {
    try {
      const overview = polls === 0 && first !== undefined ? first : await feed.next();
      status = print(text(overview));
    } catch (error) {
      if (!isPollError(error)) throw error;
      status = printError(error.message);
    }
  }
  return status;
}
