import { closeSync, openSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { test } from 'vitest';
import { Poller } from '../../../src/sampler/poll.ts';
import { Network } from '../../../deploy/demo/lab/network.ts';
import { pollOptions } from '../../support/pools.ts';
import { setNetwork } from '../../../deploy/demo/lab/syscalls.ts';
import { Client, CLIENTS, RANGE, SECONDS, TARGET } from './clients.ts';
import type { TracePoint } from './trace.ts';

/** One client in a namespace of its own, and what has been seen of it. */
class Recording {
  readonly points: TracePoint[] = [];
  readonly #namespace: number;
  readonly #client: Client;
  readonly #act: (client: Client, second: number) => void;
  readonly #poller = new Poller(pollOptions('/proc'));

  constructor(act: (client: Client, second: number) => void) {
    const network = Network.enter();
    this.#namespace = openSync('/proc/thread-self/ns/net', 'r');
    network.addAddress(TARGET.to);
    network.range(RANGE.low, RANGE.high);
    this.#client = new Client(network, network.listen(TARGET.to, TARGET.port));
    this.#act = act;
  }

  /** Lets the client act, and polls. */
  step(second: number): void {
    setNetwork(this.#namespace);
    this.#act(this.#client, second);
    this.#poller.poll();
    const usage = this.#poller.details()?.namespaces[0]?.fullest.get('connect')?.[0];
    if (usage === undefined) return;
    const { capacity, held, available, returning } = usage;
    this.points.push({ second, capacity, held, available, returning });
  }

  end(): void {
    closeSync(this.#namespace);
  }
}

/** `npm run record-traces`: all clients side by side, for five minutes, on the real kernel. */
test('record', { timeout: 600_000 }, async () => {
  const recordings = Object.entries(CLIENTS).map(
    ([name, act]) => [name, new Recording(act)] as const,
  );
  const begin = Date.now();
  for (let second = 0; second < SECONDS; second += 1) {
    for (const [, recording] of recordings) recording.step(second);
    await sleep(Math.max(0, begin + 1000 * (second + 1) - Date.now()));
  }
  for (const [name, recording] of recordings) {
    const lines = recording.points.map((point) => JSON.stringify(point));
    writeFileSync(new URL(`${name}.jsonl`, import.meta.url), `${lines.join('\n')}\n`);
    recording.end();
  }
});
