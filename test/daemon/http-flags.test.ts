import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { crowdedProcfs } from '../support/crowded-procfs.ts';
import { Daemon, request } from '../support/daemon.ts';
import { EXPORT_ALL, MAIN, ONLY_HERE, run } from '../support/exporter.ts';
import { RawClient } from '../support/raw-client.ts';
import { inNetwork } from '../support/scenario.ts';

const SNAPSHOT = 'GET /api/v1/snapshot HTTP/1.1\r\nHost: test\r\n\r\n';

/** Small buffers of the kernel, so that an answer is not taken to be read when it is only written. */
const SMALL_BUFFERS = {
  'ipv4.tcp_wmem': '4096 16384 32768',
  'ipv4.tcp_rmem': '4096 16384 32768',
};

test('--web.max-requests: one more is told to try again; the metrics are counted apart', () =>
  inNetwork(async (network) => {
    network.sysctl(SMALL_BUFFERS);
    const daemon = await Daemon.start(
      '--web.max-requests=2',
      `--path.procfs=${crowdedProcfs(2000)}`,
    );
    await daemon.nextPoll();
    const unread = [await RawClient.connect(9065), await RawClient.connect(9065)];
    for (const client of unread) client.send(SNAPSHOT);
    await sleep(1000);
    const third = await daemon.get('/api/v1/snapshot');
    expect(third.status).toBe(503);
    expect(third.headers['retry-after']).toBe('1');
    expect(third.body.toString()).toContain('2 requests are being answered (--web.max-requests)');
    expect((await daemon.get('/metrics')).status).toBe(200);
    for (const client of unread) client.close();
    await daemon.until('there is room again', async () => {
      return (await daemon.get('/api/v1/snapshot')).status === 200;
    });
  }));

test('an answer that is being read when the daemon is told to stop is read to its end', () =>
  inNetwork(async (network) => {
    network.sysctl(SMALL_BUFFERS);
    const daemon = await Daemon.start(`--path.procfs=${crowdedProcfs(2000)}`);
    await daemon.nextPoll();
    const client = await RawClient.connect(9065);
    client.send(SNAPSHOT);
    await sleep(1000);
    const stopped = daemon.stop('SIGTERM');
    await sleep(500);
    expect(await client.isEndedWithin(5000)).toBe(true);
    const [head = '', body = ''] = client.received.split('\r\n\r\n');
    const [, length] = /content-length: (\d+)/i.exec(head) ?? [];
    expect(Number(length)).toBeGreaterThan(500_000);
    expect(body).toHaveLength(Number(length));
    expect(await stopped).toBe(0);
  }));

describe('paths', () => {
  test('--web.external-url gives its path to all of them, and the links', () =>
    inNetwork(async () => {
      const daemon = await Daemon.startAt(
        '/ports/-/healthy',
        '--web.external-url=https://proxy.example.com/ports/',
      );
      expect((await daemon.get('/ports/metrics')).status).toBe(200);
      expect((await daemon.get('/metrics')).status).toBe(404);
      expect((await daemon.ask('POST', '/ports/-/reload')).status).toBe(200);
      expect((await daemon.ask('PUT', '/ports/metrics')).headers.allow).toBe('GET, HEAD');
      for (const path of ['/', '/ports']) {
        const { status, headers } = await daemon.get(path);
        expect([status, headers.location]).toEqual([302, '/ports/']);
      }
      const landing = (await daemon.get('/ports/')).body.toString();
      for (const path of ['/metrics', '/api/v1/snapshot', '/-/healthy', '/-/ready']) {
        expect(landing).toContain(`href="/ports${path}"`);
      }
    }));

  test('--web.route-prefix=/: the proxy takes the path away, the links have it', () =>
    inNetwork(async () => {
      const daemon = await Daemon.start(
        '--web.external-url=https://proxy.example.com/ports',
        '--web.route-prefix=/',
      );
      expect((await daemon.get('/metrics')).status).toBe(200);
      expect((await daemon.get('/')).body.toString()).toContain('href="/ports/metrics"');
    }));

  test.each([
    ['--web.external-url=proxy.example.com', '--web.external-url: expected a URL such as'],
    ['--web.route-prefix=/a?b', '--web.route-prefix: expected a path such as /exporter'],
  ])('%s is refused', (flag, message) => {
    const { status, stderr } = run(flag);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });
});

test('--web.disable-page: a plain page with links, which may load nothing', () =>
  inNetwork(async () => {
    const daemon = await Daemon.start('--web.disable-page');
    const { body, headers } = await daemon.get('/');
    expect(body.toString()).not.toContain('<script');
    expect(body.toString()).toContain('href="/metrics"');
    expect(headers['content-security-policy']).not.toContain('script-src');
  }));

test('--web.disable-exporter-metrics leaves out process_* and nodejs_*', () =>
  inNetwork(async () => {
    const daemon = await Daemon.start('--web.disable-exporter-metrics');
    const page = await daemon.nextPoll();
    const names = page.samples.map(({ name }) => name);
    expect(names.filter((name) => !name.startsWith('ephemeral_ports_'))).toEqual([]);
    expect(names).toContain('ephemeral_ports_build_info');
  }));

describe('--web.systemd-socket', () => {
  test('serves on the sockets that are handed over, and on nothing else', () =>
    inNetwork(async (network) => {
      const handed = [network.listen('127.0.0.1', 9070), network.listen('::1', 9071)];
      // As systemd does it: descriptors from 3 on, for the process with this id.
      const script = 'export LISTEN_PID=$$ LISTEN_FDS=2; exec "$@"';
      const program = [
        process.execPath,
        MAIN,
        '--web.systemd-socket',
        `--config.file=${EXPORT_ALL}`,
      ];
      const child = spawn('sh', ['-c', script, 'sh', ...program], {
        stdio: ['ignore', 'ignore', 'pipe', ...handed],
      });
      const exited = once(child, 'exit');
      try {
        await once(child.stderr as NodeJS.ReadableStream, 'data');
        expect((await request(9070, '/-/healthy')).status).toBe(200);
        expect((await request(9071, '/-/healthy', {}, '::1')).status).toBe(200);
        await expect(request(9065, '/-/healthy')).rejects.toThrow('ECONNREFUSED');
      } finally {
        child.kill('SIGTERM');
      }
      expect((await exited)[0]).toBe(0);
    }));

  test('without one it says so', () => {
    const { status, stderr } = run('--web.systemd-socket', ONLY_HERE);
    expect(status).toBe(1);
    expect(stderr).toContain(
      '--web.systemd-socket: systemd has handed no socket over to this process',
    );
  });
});
