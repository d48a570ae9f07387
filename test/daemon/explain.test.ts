import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network } from '../../deploy/demo/lab/network.ts';
import { type Answer, Daemon } from '../support/daemon.ts';
import { EXPORT_ALL, run } from '../support/exporter.ts';
import { serve } from '../support/incident-stage.ts';

let network: Network;
let daemon: Daemon;
let open: (count: number) => void;

beforeAll(async () => {
  network = Network.enter();
  network.range(40_000, 40_099);
  open = serve(network);
  open(30);
  daemon = await Daemon.start();
  await daemon.nextPoll();
});

afterAll(async () => {
  await daemon.stop('SIGKILL');
  network.dispose();
});

interface Explained {
  readonly schema: number;
  readonly endpoints: readonly (Readonly<Record<string, unknown>> & {
    readonly history: {
      readonly held_per_second: number;
      readonly followed_seconds: number;
      readonly samples: readonly { readonly held: number }[];
    } | null;
  })[];
}

function jsonOf({ status, body }: Answer): Explained {
  expect(status).toBe(200);
  return JSON.parse(body.toString()) as Explained;
}

describe('GET /api/v1/explain', () => {
  test('says what the command says', async () => {
    const path = '/api/v1/explain?to=127.0.0.1:80&what_if=range=40000-40199';
    const { schema, endpoints } = jsonOf(await daemon.get(path));
    const printed = run(
      'explain',
      '127.0.0.1:80',
      '--what-if=range=40000-40199',
      '--json',
      '--no-daemon',
      `--config.file=${EXPORT_ALL}`,
    );
    expect(endpoints).toHaveLength(1);
    const [{ history, ...endpoint } = { history: null }] = endpoints;
    expect({ schema, endpoints: [{ ...endpoint, history: null }], incidents: null }).toEqual(
      JSON.parse(printed.stdout),
    );
    expect(endpoint).toMatchObject({ calculation: { held: 30 }, what_if: { available: 170 } });
    expect(history).not.toBeNull();
  });

  test('tells what was held over time', async () => {
    open(20);
    await daemon.nextPoll();
    const [endpoint] = jsonOf(await daemon.get('/api/v1/explain?to=127.0.0.1:80')).endpoints;
    const held = endpoint?.history?.samples.map((sample) => sample.held) ?? [];
    expect(held[0]).toBe(30);
    expect(held.at(-1)).toBe(50);
    expect(endpoint?.history?.held_per_second).toBeGreaterThan(0);
    expect(endpoint?.history?.followed_seconds).toBeGreaterThanOrEqual(1);
  });

  test('from an address that talks to nobody there is no history', async () => {
    const path = '/api/v1/explain?to=127.0.0.1:80&from=127.0.0.9';
    const [endpoint] = jsonOf(await daemon.get(path)).endpoints;
    expect(endpoint).toMatchObject({ local_address: '127.0.0.9', history: null });
  });
});

test('GET /api/v1/ports/PORT says what the command says', async () => {
  const answer = await daemon.get('/api/v1/ports/80');
  expect(answer.status).toBe(200);
  const printed = run('explain', ':80', '--json', `--config.file=${EXPORT_ALL}`);
  const found = JSON.parse(answer.body.toString()) as unknown;
  expect(found).toEqual(JSON.parse(printed.stdout));
  expect(found).toMatchObject({ schema: 1, ports: [{ port: 80, status: 'listening' }] });
});

describe('questions that are wrong', () => {
  test.each([
    ['/api/v1/explain', 'to: expected ADDRESS:PORT, as in 10.0.0.2:5432'],
    ['/api/v1/explain?to=nonsense', 'to: expected ADDRESS:PORT'],
    ['/api/v1/explain?to=127.0.0.1:80&to=127.0.0.1:81', 'to: expected once'],
    ['/api/v1/explain?to=127.0.0.1:80&from=there', 'from: expected an address, found "there"'],
    ['/api/v1/explain?to=127.0.0.1:80&what_if=range=9-1', 'what_if: expected range=LOW-HIGH'],
    ['/api/v1/explain?to=127.0.0.1:80&form=x', 'form: expected to, from, netns, pod, what_if'],
    ['/api/v1/explain?to=%1b%5b31m', 'found "\\x1b[31m"'],
    ['/api/v1/ports/0', 'port: expected a port from 1 to 65535, found "0"'],
    ['/api/v1/ports/http', 'port: expected a port from 1 to 65535'],
  ])('%s is answered with 400', async (path, problem) => {
    const { status, body } = await daemon.get(path);
    expect(status).toBe(400);
    const answer = JSON.parse(body.toString()) as {
      readonly schema: number;
      readonly error: string;
    };
    expect(answer.schema).toBe(1);
    expect(answer.error).toContain(problem);
  });

  test('about a network namespace that is not there, with 404', async () => {
    for (const path of ['explain?to=127.0.0.1:80&netns=7', 'ports/80?pod=shop/cart-0']) {
      const { status, body } = await daemon.get(`/api/v1/${path}`);
      expect(status).toBe(404);
      expect(body.toString()).toContain('no such network namespace is seen');
    }
  });

  test('with another method, with 405', async () => {
    const answer = await daemon.ask('POST', '/api/v1/ports/80');
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD');
  });

  test('that come too fast, with 429, and polls go on', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, at) => daemon.get(`/api/v1/explain?to=127.0.0.1:${at + 1}`)),
    );
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(10);
    expect(refused[0]?.headers['retry-after']).toBe('1');
    await daemon.nextPoll();
  });

  test('leave no descriptor behind', async () => {
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const count = (): number => readdirSync(`/proc/${daemon.process.pid}/fd`).length;
    const ask = async (): Promise<void> => {
      for (const path of ['explain?to=127.0.0.1:80&what_if=tw_reuse=0', 'ports/80'])
        await daemon.get(`/api/v1/${path}`);
      await daemon.nextPoll();
    };
    await ask();
    const before = count();
    for (let times = 0; times < 3; times += 1) await ask();
    expect(count()).toBeLessThanOrEqual(before + 1);
  });
});
