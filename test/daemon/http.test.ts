import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Daemon, request } from '../support/daemon.ts';
import { run } from '../support/exporter.ts';
import { Network } from '../../deploy/demo/lab/network.ts';
import { localPort } from '../../deploy/demo/lab/syscalls.ts';

let network: Network;
let daemon: Daemon;

beforeAll(async () => {
  network = Network.enter();
  network.range(40_000, 40_099);
  network.listen('127.0.0.1', 80);
  for (let open = 0; open < 60; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
  daemon = await Daemon.start(
    '--web.listen-address=127.0.0.1:9066',
    '--web.listen-address=[::1]:9067',
  );
  await daemon.nextPoll();
});

afterAll(async () => {
  await daemon.stop('SIGKILL');
  network.dispose();
});

describe('/metrics', () => {
  test('is text/plain 0.0.4, whatever Accept says', async () => {
    const accept = 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5';
    const answer = await daemon.get('/metrics', { accept });
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body.toString()).toContain('# TYPE ephemeral_ports_parse_errors_total counter');
  });

  test('is gzipped when asked for, and only then', async () => {
    const zipped = await daemon.get('/metrics', { 'accept-encoding': 'gzip, deflate' });
    expect(zipped.headers['content-encoding']).toBe('gzip');
    expect(gunzipSync(zipped.body).toString()).toContain('ephemeral_ports_endpoint_held');
    const refused = await daemon.get('/metrics', { 'accept-encoding': 'gzip;q=0' });
    expect(refused.headers['content-encoding']).toBeUndefined();
  });

  test('has the endpoint', async () => {
    const page = await daemon.metrics();
    const labels = { remote_address: '127.0.0.1', remote_port: '80' };
    expect(page.value('endpoint_held', labels)).toBe(60);
    expect(page.value('endpoint_available', labels)).toBe(40);
    expect(page.value('endpoint_usage_ratio', labels)).toBe(0.6);
  });

  test('names the namespace by the inode of its net/tcp', async () => {
    const page = await daemon.metrics();
    const netns = page.samples.find((sample) => sample.name === 'ephemeral_ports_range_low')
      ?.labels['netns'];
    expect(netns).toMatch(/^(host|\d+)$/);
  });
});

test('each address answers', async () => {
  expect((await request(9066, '/-/ready')).status).toBe(200);
  const answer = await request(9067, '/-/healthy', {}, '::1');
  expect(answer.body.toString()).toBe('Healthy.\n');
});

test('the page links to what there is', async () => {
  const { body, headers } = await daemon.get('/');
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  for (const path of ['/metrics', '/api/v1/snapshot', '/-/healthy', '/-/ready']) {
    expect(body.toString()).toContain(`href="${path}"`);
    expect((await daemon.get(path)).status).toBe(200);
  }
});

interface ApiSnapshot {
  readonly schema: number;
  readonly taken_at_seconds: number;
  readonly namespaces: readonly {
    readonly kinds: readonly { readonly pool: string; readonly fullest: readonly unknown[] }[];
    readonly tcp: {
      readonly occupied_ports: string;
      readonly inbound_rows: number | null;
      readonly rows_by_state: Readonly<Record<string, number | null>>;
      readonly other_listening_ports: string;
    };
  }[];
}

test('the snapshot has what is too much for series', async () => {
  const { body, headers } = await daemon.get('/api/v1/snapshot');
  const { schema, namespaces } = JSON.parse(body.toString()) as ApiSnapshot;
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(schema).toBe(1);
  const [host] = namespaces;
  expect(host?.kinds.find(({ pool }) => pool === 'connect')?.fullest).toHaveLength(1);
  expect(host?.tcp.occupied_ports).toMatch(/^\d+(-\d+)?(,\d+(-\d+)?)*$/);
  expect(host?.tcp.other_listening_ports).toBe('80,9065-9067');
  expect(host?.tcp.rows_by_state['listen']).toBe(4);
  // By netlink, which is read by default, inbound rows outside the range are not shown.
  expect(host?.tcp.inbound_rows).toBeNull();
  expect(host?.tcp.rows_by_state['established']).toBeNull();
});

test('a quiet namespace has fewer than 100 series', async () => {
  const page = await daemon.metrics();
  const quiet = page.samples.filter(({ name }) => !name.startsWith('ephemeral_ports_endpoint_'));
  expect(quiet.length).toBeGreaterThan(60);
  expect(quiet.length).toBeLessThan(100);
});

test('an unknown path is 404', async () => {
  const { status, body } = await daemon.get('/nothing');
  expect(status).toBe(404);
  expect(JSON.parse(body.toString())).toEqual({ schema: 1, error: 'there is no GET /nothing' });
});

describe('an address in use', () => {
  test('by a listener', () => {
    const { status, stderr } = run('--web.listen-address=127.0.0.1:80');
    expect(status).toBe(1);
    expect(stderr).toContain(
      '--web.listen-address=127.0.0.1:80: the port is in use: another program listens',
    );
  });

  test('by a client connection: names the sysctl that helps', () => {
    const port = localPort(network.connect({ to: '127.0.0.1', port: 80 }));
    const { status, stderr } = run(`--web.listen-address=:${port}`);
    expect(status).toBe(1);
    expect(stderr).toContain('a client connection to 127.0.0.1 port 80 has it as its source port');
    expect(stderr).toContain(`add ${port} to net.ipv4.ip_local_reserved_ports`);
  });
});
