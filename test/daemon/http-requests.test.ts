import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network } from '../../deploy/demo/lab/network.ts';
import { Daemon } from '../support/daemon.ts';

let network: Network;
let daemon: Daemon;

beforeAll(async () => {
  network = Network.enter();
  daemon = await Daemon.start();
  await daemon.nextPoll();
});

afterAll(async () => {
  await daemon.stop('SIGKILL');
  network.dispose();
});

describe('a reload', () => {
  test.each([
    ["curl -d ''", 'POST', { 'content-type': 'application/x-www-form-urlencoded' }, ''],
    ['PUT', 'PUT', {}, ''],
    ['a body of any type', 'POST', { 'content-type': 'application/xml' }, '<please/>'],
    ['JSON that is none', 'POST', { 'content-type': 'application/json' }, '{'],
    ['a type that is none', 'POST', { 'content-type': ';;;' }, 'x'],
  ] as const)('by %s', async (_what, method, headers, body) => {
    const answer = await daemon.ask(method, '/-/reload', headers, body);
    expect(answer.body.toString()).toBe('Reloaded.\n');
    // The limit grants one a second.
    await new Promise((resolve) => setTimeout(resolve, 1000));
  });

  test('that brings much with it is refused', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answer = await daemon.ask('POST', '/-/reload', headers, 'x'.repeat(100_000));
    expect(answer.status).toBe(413);
  });

  test('is granted a few times at once, then once a second', async () => {
    const asked = Array.from({ length: 30 }, () => daemon.ask('POST', '/-/reload'));
    const answers = await Promise.all(asked);
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThan(15);
    const refused = answers.find(({ status }) => status === 429);
    expect(refused?.headers['retry-after']).toBe('1');
  });
});

describe('a wrong method', () => {
  test.each([
    ['GET', '/-/reload', 'POST, PUT'],
    ['DELETE', '/-/reload', 'POST, PUT'],
    ['POST', '/metrics', 'GET, HEAD'],
    ['PUT', '/api/v1/snapshot', 'GET, HEAD'],
    ['PROPFIND', '/', 'GET, HEAD'],
    ['OPTIONS', '/-/ready', 'GET, HEAD'],
  ])('%s %s is 405, with those that there are', async (method, path, allow) => {
    const answer = await daemon.ask(method, path);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe(allow);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ schema: 1 });
  });

  test('on a path that is not there is 404', async () => {
    expect((await daemon.ask('POST', '/nothing')).status).toBe(404);
  });
});

describe('HEAD', () => {
  test.each([['/metrics'], ['/api/v1/snapshot'], ['/'], ['/-/healthy']])('%s', async (path) => {
    const answer = await daemon.ask('HEAD', path);
    expect(answer.status).toBe(200);
    expect(Number(answer.headers['content-length'])).toBeGreaterThan(0);
    expect(answer.body).toHaveLength(0);
  });
});

describe('gzip', () => {
  test.each(['gzip', 'gzip;q=0.5', '*', 'GZIP , deflate', 'identity;q=0.5, gzip', 'x-gzip'])(
    'is sent to whoever says "%s"',
    async (accepted) => {
      const answer = await daemon.get('/metrics', { 'accept-encoding': accepted });
      expect(answer.headers['content-encoding']).toBe('gzip');
      expect(gunzipSync(answer.body).toString()).toContain('ephemeral_ports_range_low');
    },
  );

  test.each(['', 'gzip;q=0', 'gzip;q=0, *', '*;q=0', 'br', 'gzip;q=0.2, identity', 'gzip;q=x'])(
    'is not sent to whoever says "%s"',
    async (accepted) => {
      const answer = await daemon.get('/metrics', { 'accept-encoding': accepted });
      expect(answer.headers['content-encoding']).toBeUndefined();
      expect(answer.body.toString()).toContain('ephemeral_ports_range_low');
    },
  );
});

test('a probe says one word', async () => {
  expect((await daemon.get('/-/healthy')).body.toString()).toBe('Healthy.\n');
  expect((await daemon.get('/-/ready')).body.toString()).toBe('Ready.\n');
});
