import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { chooseFeed } from '../../../src/cli/top/feeds/choose-feed.ts';
import { pollOptions } from '../../support/pools.ts';
import { madeUpOverview } from '../../support/made-up-overview.ts';

const OPTIONS = { poll: pollOptions('/nowhere'), intervalSeconds: 5 };

/** Calls `body` with the address of a daemon that answers 503 so many times before it has a good poll. */
async function withDaemon(refusals: number, body: (from: string) => Promise<void>): Promise<void> {
  let asked = 0;
  const server = createServer((_, response) => {
    asked += 1;
    if (asked > refusals) response.end(JSON.stringify(madeUpOverview(5)));
    else response.writeHead(503).end('{"schema": 1, "error": "no good poll yet"}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.close();
  }
}

test('a daemon that has just started is waited for', () =>
  withDaemon(2, async (from) => {
    const { feed, first } = await chooseFeed(new Map([['from', [from]]]), OPTIONS);
    expect(first?.schema).toBe(1);
    await feed.close();
  }));

test('but not for ever', { timeout: 20_000 }, () =>
  withDaemon(1000, async (from) => {
    const chosen = chooseFeed(new Map([['from', [from]]]), OPTIONS);
    await expect(chosen).rejects.toThrow('with HTTP status 503');
  }),
);
