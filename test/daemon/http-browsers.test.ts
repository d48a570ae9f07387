import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network } from '../../deploy/demo/lab/network.ts';
import { Daemon } from '../support/daemon.ts';

type Headers = Readonly<Record<string, string>>;

/** What a browser sends on plain HTTP to another host than its own, where it leaves Sec-Fetch-* out. */
const BROWSER = { 'accept-language': 'en', 'user-agent': 'Mozilla/5.0' };

let network: Network;
let daemon: Daemon;

beforeAll(async () => {
  network = Network.enter();
  daemon = await Daemon.start(
    '--web.allowed-hosts=node1.example.com,node2.example.com',
    '--web.external-url=https://proxy.example.com/',
  );
  await daemon.nextPoll();
});

afterAll(async () => {
  await daemon.stop('SIGKILL');
  network.dispose();
});

async function statusOf(path: string, headers: Headers): Promise<number> {
  return (await daemon.get(path, headers)).status;
}

describe('a name in the Host header that this host does not have', () => {
  const rebound = { host: 'attacker.example:9065' };

  test.each([
    ['the headers that browsers send on plain HTTP', BROWSER],
    ['a referer', { referer: 'http://attacker.example:9065/' }],
    ['an origin', { origin: 'http://attacker.example:9065' }],
    ['fetch metadata', { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }],
    ['a language that the page has emptied', { 'accept-language': '' }],
  ])('with %s is refused', async (_what, headers) => {
    const answer = await daemon.get('/api/v1/snapshot', { ...rebound, ...headers });
    expect(answer.status).toBe(403);
    expect(answer.body.toString()).toContain('"attacker.example\\" is no name of this host');
  });

  test('is the business of a scraper', async () => {
    expect(await statusOf('/metrics', { ...rebound, 'user-agent': 'Prometheus/2.42.0' })).toBe(200);
  });
});

describe('a browser may come by', () => {
  test.each([
    ['127.0.0.1:9065'],
    ['[::1]:9065'],
    ['10.1.2.3'],
    ['localhost:9065'],
    ['exporter.localhost:9065'],
    [`${hostname()}:9065`],
    ['node1.example.com:9065'],
    ['NODE2.example.com.'],
    ['proxy.example.com'],
  ])('%s', async (host) => {
    expect(await statusOf('/api/v1/snapshot', { ...BROWSER, host })).toBe(200);
  });

  test.each([['localhost.attacker.example'], ['127.0.0.1.attacker.example'], ['a:b:c']])(
    '%s: no',
    async (host) => {
      expect(await statusOf('/api/v1/snapshot', { ...BROWSER, host })).toBe(403);
    },
  );
});

describe("another site's page", () => {
  const foreign = { 'sec-fetch-site': 'cross-site' };

  test('may link to a page of ours', async () => {
    expect(await statusOf('/metrics', { ...foreign, 'sec-fetch-mode': 'navigate' })).toBe(200);
  });

  test.each([['no-cors'], ['cors'], ['websocket']])('may not read it (%s)', async (mode) => {
    expect(await statusOf('/metrics', { ...foreign, 'sec-fetch-mode': mode })).toBe(403);
  });

  test.each([
    ['fetch metadata', { ...foreign, 'sec-fetch-mode': 'no-cors' }],
    ['fetch metadata of a form', { ...foreign, 'sec-fetch-mode': 'navigate' }],
    ['a sibling site', { 'sec-fetch-site': 'same-site' }],
    ['its origin', { origin: 'http://attacker.example' }],
    ['another port of this host', { origin: 'http://127.0.0.1:8080' }],
    ['an origin that it hides', { origin: 'null' }],
  ])('may not reload: told by %s', async (_what, headers) => {
    const answer = await daemon.ask('POST', '/-/reload', {
      ...headers,
      'content-type': 'text/plain',
    });
    expect(answer.status).toBe(403);
    expect(daemon.stderr).not.toContain('"trigger":"HTTP"');
  });

  test.each([
    ['ours', { origin: 'http://127.0.0.1:9065' }],
    ['ours behind the proxy', { origin: 'https://proxy.example.com', host: '127.0.0.1:9065' }],
  ])('%s may reload', async (_what, headers) => {
    expect((await daemon.ask('POST', '/-/reload', headers)).status).toBe(200);
  });
});

describe('an answer', () => {
  test.each([['/metrics'], ['/api/v1/snapshot'], ['/'], ['/-/healthy'], ['/nothing']])(
    '%s is not guessed at, framed or kept',
    async (path) => {
      const { headers } = await daemon.get(path);
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-store',
      });
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'");
    },
  );
});
