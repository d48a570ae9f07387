import { setTimeout as sleep } from 'node:timers/promises';
import type { Overview } from '../../../answers/overview/overview.ts';
import type { DaemonClient } from '../../daemon/daemon-client.ts';
import { DaemonError } from '../../daemon/daemon-error.ts';
import type { Feed } from './feed.ts';
import { isOverview } from './is-overview.ts';

const PATH = '/api/v1/overview';

/** Chosen: before a daemon has said how often it polls. */
const RETRY_MS = 1000;

/** What a daemon on loopback knows, asked anew for each of its polls. */
export class DaemonFeed implements Feed {
  readonly source: string;
  readonly #client: DaemonClient;
  #latest: Overview | undefined;
  #waitMs = 0;

  constructor(client: DaemonClient) {
    this.#client = client;
    this.source = `the daemon at ${client.name}`;
  }

  async next(): Promise<Overview> {
    await sleep(this.#waitMs);
    this.#waitMs = RETRY_MS;
    let overview = await this.#ask();
    // Between two polls it would be the same again.
    while (
      overview.taken_at_seconds === this.#latest?.taken_at_seconds &&
      overview.interval_seconds > 1
    ) {
      await sleep(RETRY_MS);
      overview = await this.#ask();
    }
    this.#latest = overview;
    this.#waitMs = Math.max(RETRY_MS, overview.interval_seconds * 1000 - RETRY_MS);
    return overview;
  }

  close(): Promise<boolean> {
    this.#client.close();
    return Promise.resolve(true);
  }

  async #ask(): Promise<Overview> {
    const answer = await this.#client.json(PATH);
    if (isOverview(answer)) return answer;
    throw new DaemonError('failed', `${this.source}: what it answers is no overview of schema 1`);
  }
}
