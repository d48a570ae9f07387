import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network } from '../../deploy/demo/lab/network.ts';
import { crowdedProcfs } from '../support/crowded-procfs.ts';
import { Daemon, request } from '../support/daemon.ts';
import { RawClient } from '../support/raw-client.ts';

const SNAPSHOT = 'GET /api/v1/snapshot HTTP/1.1\r\nHost: test\r\n\r\n';
const HEALTHY = 'GET /-/healthy HTTP/1.1\r\nHost: test\r\n\r\n';

let network: Network;
let daemon: Daemon;
const clients: RawClient[] = [];

beforeAll(async () => {
  network = Network.enter();
  network.range(40_000, 40_099);
  daemon = await Daemon.start(`--path.procfs=${crowdedProcfs(4000)}`);
  await daemon.nextPoll();
});

afterAll(async () => {
  for (const client of clients) client.close();
  await daemon.stop('SIGKILL');
  network.dispose();
});

async function connect(from?: string): Promise<RawClient> {
  const client = await RawClient.connect(9065, from);
  clients.push(client);
  return client;
}

/** Resident memory of the daemon, in MB. */
function memory(): number {
  const status = readFileSync(`/proc/${daemon.process.pid ?? 0}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

/** The longest that a probe had to wait during some seconds, in milliseconds, and the most memory then taken. */
async function strainDuring(seconds: number): Promise<{ waitMs: number; megabytes: number }> {
  let [waitMs, megabytes] = [0, 0];
  const end = Date.now() + 1000 * seconds;
  while (Date.now() < end) {
    const began = performance.now();
    await request(9065, '/-/healthy', {}, '127.0.0.1');
    waitMs = Math.max(waitMs, performance.now() - began);
    megabytes = Math.max(megabytes, memory());
    await sleep(50);
  }
  return { waitMs, megabytes };
}

describe('a request that does not come to its end', () => {
  test.concurrent.each([
    ['nothing', ''],
    ['half a line', 'GET /metr'],
    ['no body', 'POST /-/reload HTTP/1.1\r\nHost: test\r\nContent-Length: 10\r\n\r\n'],
  ])('%s: its connection is ended within 20 s', async (_what, text) => {
    const client = await connect();
    client.send(text);
    expect(await client.isEndedWithin(20_000)).toBe(true);
  });
});

describe('a client that does not read', () => {
  test('500 requests at once for the snapshot: its connection is cut, others are answered', async () => {
    const before = memory();
    const client = await connect();
    client.send(SNAPSHOT.repeat(500));
    const { waitMs, megabytes } = await strainDuring(4);
    expect(megabytes - before).toBeLessThan(60);
    expect(waitMs).toBeLessThan(2000);
    expect(await client.isEndedWithin(2000)).toBe(true);
  });

  test('60 clients from each of 4 addresses, a snapshot each', async () => {
    const before = memory();
    const unread: RawClient[] = [];
    for (let each = 0; each < 240; each += 1) {
      const client = await connect(`127.0.0.${10 + (each % 4)}`);
      client.send(SNAPSHOT);
      unread.push(client);
    }
    const { megabytes } = await strainDuring(5);
    for (const client of unread) client.close();
    expect(megabytes - before).toBeLessThan(60);
  });
});

describe('connections', () => {
  test('of one address are bounded; another address is answered', async () => {
    const many: RawClient[] = [];
    for (let each = 0; each < 80; each += 1) {
      const client = await connect('127.0.0.20');
      client.send(HEALTHY);
      many.push(client);
    }
    for (const client of many) client.read();
    const answered = (): number =>
      many.filter(({ received }) => received.includes('Healthy.')).length;
    await daemon.until('those within the bound are answered', () => {
      return Promise.resolve(answered() >= 64);
    });
    await sleep(200);
    expect(answered()).toBe(64);
    expect((await request(9065, '/-/healthy')).status).toBe(200);
    for (const client of many) client.close();
  });
});
