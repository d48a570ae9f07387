import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Network } from '../../deploy/demo/lab/network.ts';
import * as sys from '../../deploy/demo/lab/syscalls.ts';
import { type Answer, Daemon } from '../support/daemon.ts';
import { EXPORT_ALL, run, runLater } from '../support/exporter.ts';
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
  const printed = await runLater('explain', ':80', '--json', `--config.file=${EXPORT_ALL}`);
  const found = JSON.parse(answer.body.toString()) as unknown;
  expect(JSON.parse(printed.stdout)).toEqual(found);
  expect(found).toMatchObject({ schema: 1, ports: [{ port: 80, status: 'listening' }] });
});

describe('since when', () => {
  interface Told {
    readonly status: string;
    readonly since: {
      readonly at_latest_seconds: number;
      readonly at_earliest_seconds: number | null;
      readonly known_by: string;
    } | null;
  }

  async function told(port: number): Promise<Told> {
    const { body } = await daemon.get(`/api/v1/ports/${port}`);
    const { ports } = JSON.parse(body.toString()) as { readonly ports: readonly [Told] };
    return ports[0];
  }

  test('a listener that was there before the daemon: since its first poll at the latest, and nothing before', async () => {
    const { since } = await told(80);
    expect(since).toMatchObject({ known_by: 'polls', at_earliest_seconds: null });
    expect(since?.at_latest_seconds).toBeLessThan(Date.now() / 1000);
    const { stdout } = await runLater('explain', ':80', `--config.file=${EXPORT_ALL}`);
    expect(stdout).toMatch(
      /Since when: at least \d+ s: first found so by the poll at [-\d]+ [:\d]+ UTC, the first that looked/,
    );
    const alone = await runLater('explain', ':80', '--no-daemon', `--config.file=${EXPORT_ALL}`);
    expect(alone.stdout).toContain('Since when is not known');
  });

  test('a listener, in the range too, that came between two polls: between the times of both; forgotten when it closes', async () => {
    for (const port of [8081, 40_003]) {
      const before = Date.now() / 1000;
      await daemon.nextPoll();
      const opened = Date.now() / 1000;
      const listener = network.listen('127.0.0.1', port);
      await daemon.nextPoll();
      const { status, since } = await told(port);
      expect(status).toBe('listening');
      expect(since?.known_by).toBe('polls');
      expect(since?.at_earliest_seconds).toBeGreaterThan(before - 2);
      expect(since?.at_earliest_seconds).toBeLessThanOrEqual(opened);
      expect(since?.at_latest_seconds).toBeGreaterThanOrEqual(opened);
      network.close(listener);
      await daemon.nextPoll();
      expect(await told(port)).toMatchObject({ status: 'free', since: null });
    }
  });

  test('a connection of which no poll remembers: since somebody asked, and not when it is another one', async () => {
    const client = network.connect({ to: '127.0.0.1', port: 80 });
    const port = sys.localPort(client);
    const first = await told(port);
    expect(first).toMatchObject({ status: 'taken', since: { known_by: 'questions' } });
    await daemon.nextPoll();
    expect((await told(port)).since).toEqual(first.since);
    const { stdout } = await runLater('explain', `:${port}`, `--config.file=${EXPORT_ALL}`);
    expect(stdout).toContain('the same socket was found when somebody asked at');
    network.close(client);
    await daemon.nextPoll();
    const after = await told(port);
    expect(after).toMatchObject({ status: 'taken', since: { known_by: 'questions' } });
    expect(after.since?.at_earliest_seconds).toBeGreaterThan(first.since?.at_latest_seconds ?? 0);
  });
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
