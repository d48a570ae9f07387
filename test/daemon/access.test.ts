import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { clientOptions } from '../support/certificates.ts';
import { ONLY_HERE, run } from '../support/exporter.ts';
import { requestTls } from '../support/https.ts';
import {
  basic,
  needs,
  oneDaemon,
  PASSWORD,
  plainStatus,
  tls,
  USERS,
  WebFiles,
} from '../support/web-files.ts';

const files = new WebFiles();
const EVERYTHING = needs('RequireAndVerifyClientCert', ', min_version: TLS13') + USERS;

/** A cost that takes about a second. */
const COSTLY = '$2y$14$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';

test('TLS on every address, and no plain HTTP', () =>
  files.with(tls(), async () => {
    expect(await files.statusWith()).toBe(200);
    const second = await requestTls('/', {
      ...clientOptions(files.authority),
      host: '::1',
      port: 9066,
      servername: 'localhost',
    });
    expect(second.status).toBe(200);
    expect(await plainStatus('/')).toContain('Error');
  }));

/** Bytes over TCP without TLS, from this host; what came back. */
function plainBytes(bytes: string, pieces = [bytes]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(9065, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(answer);
    });
    socket.setNoDelay();
    void (async () => {
      for (const piece of pieces) {
        socket.write(piece);
        await sleep(20);
      }
    })();
  });
}

describe('the probes, with TLS', () => {
  const withFile = oneDaemon(files);

  test('are answered to this host without TLS, certificate and password, and nothing else is', () =>
    withFile(EVERYTHING, async (daemon) => {
      expect(await plainStatus('/-/healthy')).toBe(200);
      await daemon.until('it is ready', async () => (await plainStatus('/-/ready')) === 200);
      for (const path of ['/metrics', '/', '/api/v1/snapshot', '/nothing', '/-/reload']) {
        expect(await plainStatus(path), path).toContain('Error');
        expect(await plainStatus(path, basic('alice', PASSWORD)), path).toContain('Error');
      }
    }));

  test('also in pieces, and one after the other in one connection', () =>
    withFile(EVERYTHING, async () => {
      const slow = await plainBytes('', ['G', 'ET /-/healthy HTTP/1.0\r\n', '\r\n']);
      expect(slow).toMatch(/^HTTP\/1.1 200 OK[\s\S]*Healthy\.\n$/);
      const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      const two = await plainBytes(get('/-/healthy') + get('/metrics'));
      expect(two).not.toContain('ephemeral_ports');
    }));

  test('but not to others: for them there is TLS alone', () =>
    withFile(EVERYTHING, async () => {
      execFileSync('ip', ['address', 'add', '10.1.2.3/24', 'dev', 'lo']);
      const from = { host: '127.0.0.1', localAddress: '10.1.2.3' };
      expect(
        (await requestTls('/-/healthy', { ...clientOptions(files.authority), ...from })).status,
      ).toBe(200);
      const script = `fetch = require('http').get({ host: '127.0.0.1', port: 9065, path: '/-/healthy', localAddress: '10.1.2.3' }, (answer) => process.stdout.write(String(answer.statusCode))); fetch.on('error', (error) => process.stdout.write(String(error)))`;
      expect(execFileSync(process.execPath, ['-e', script]).toString()).toContain('Error');
    }));

  test('clients that reset their connection before anybody has looked at it end nothing', () =>
    withFile(EVERYTHING, async (daemon) => {
      for (let round = 0; round < 40; round += 1) {
        for (let each = 0; each < 20; each += 1) resetAtOnce();
        await sleep(30);
      }
      expect(await plainStatus('/-/healthy')).toBe(200);
      expect(daemon.stderr).not.toMatch(/ECONNRESET|uncaught/);
    }));
});

test('the health check of the image, which is a script, is answered without TLS', () =>
  files.with(EVERYTHING, async (daemon) => {
    expect(healthCheck()).toBe(0);
    await daemon.stop();
    expect(healthCheck()).toBe(1);
  }));

function healthCheck(): number | null {
  return spawnSync('bash', ['deploy/image/healthcheck.sh']).status;
}

function resetAtOnce(): void {
  const socket = connect(9065, '127.0.0.1', () => socket.resetAndDestroy());
  socket.on('error', () => undefined);
}

describe('passwords', () => {
  const withFile = oneDaemon(files);

  test('are asked for everywhere but at the probes, which say one word', () =>
    withFile(USERS, async (daemon) => {
      for (const path of ['/metrics', '/', '/api/v1/snapshot', '/nothing', '/-/reload']) {
        const answer = await daemon.get(path);
        expect(answer.status, path).toBe(401);
        expect(answer.headers['www-authenticate']).toMatch(/^Basic /);
        expect(answer.headers['x-content-type-options']).toBe('nosniff');
      }
      expect((await daemon.ask('POST', '/-/reload')).status).toBe(401);
      expect((await daemon.get('/-/healthy')).body.toString()).toBe('Healthy.\n');
      expect((await daemon.get('/-/ready')).body.toString()).toMatch(/^\w+\.\n$/);
      expect((await daemon.get('/metrics', basic('alice', PASSWORD))).status).toBe(200);
    }));

  test('a wrong one, an unknown user, another scheme or no header do not do', () =>
    withFile(USERS, async (daemon) => {
      const tries = {
        'a wrong password': basic('alice', 'wrong'),
        'no password': basic('alice', ''),
        'an unknown user': basic('bob', PASSWORD),
        'another scheme': { authorization: 'Bearer abc' },
        'no base64': { authorization: 'Basic §§' },
        'no colon': { authorization: `Basic ${btoa('alice')}` },
      };
      for (const [what, headers] of Object.entries(tries)) {
        expect((await daemon.get('/metrics', headers)).status, what).toBe(401);
      }
    }));

  test('a costly one does not hold up the main thread', () =>
    withFile(`basic_auth_users: { alice: "${COSTLY}" }\n`, async (daemon) => {
      const answer = daemon.get('/metrics', basic('alice', 'wrong'));
      const done = answer.then(() => true);
      const notYet = (): Promise<boolean> => Promise.race([done, Promise.resolve(false)]);
      const start = performance.now();
      let longest = 0;
      while (!(await notYet())) {
        const began = performance.now();
        await daemon.get('/-/healthy');
        longest = Math.max(longest, performance.now() - began);
      }
      expect((await answer).status).toBe(401);
      expect(longest).toBeLessThan((performance.now() - start) / 3);
    }));
});

test('wrong passwords are limited; a right one that is remembered goes on', () =>
  files.with(USERS, async (daemon) => {
    const right = basic('alice', PASSWORD);
    expect((await daemon.get('/metrics', right)).status).toBe(200);
    const statuses: number[] = [];
    for (let guess = 0; guess < 30; guess += 1) {
      statuses.push((await daemon.get('/metrics', basic('alice', `guess ${guess}`))).status);
    }
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(11);
    expect(statuses.at(-1)).toBe(429);
    expect((await daemon.get('/metrics', right)).status).toBe(200);
  }));

test('rate_limit counts all but the probes', () =>
  files.with('rate_limit: { interval: 1h, burst: 2 }', async (daemon) => {
    const statuses: number[] = [];
    for (const path of ['/', '/', '/', '/-/healthy'])
      statuses.push((await daemon.get(path)).status);
    expect(statuses).toEqual([200, 200, 429, 200]);
  }));

describe('a change is in force', () => {
  test('when the file is written: plain, passwords, TLS, plain', () =>
    files.with('', async (daemon) => {
      expect(await plainStatus('/')).toBe(200);
      files.write(USERS);
      await daemon.until('a password is needed', async () => (await plainStatus('/')) === 401);
      files.write(tls());
      await daemon.until('it is TLS', async () => (await files.statusWith()) === 200);
      files.write('');
      await daemon.until('it is plain again', async () => (await plainStatus('/')) === 200);
      expect(daemon.stderr).toContain('web configuration reloaded');
    }));

  test('when a certificate is replaced, and a connection that is kept takes part', () =>
    files.with(tls(', client_auth_type: RequireAnyClientCert'), async (daemon) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ask = async (): Promise<string> => {
        const options = {
          ...clientOptions(files.authority, files.prometheus),
          rejectUnauthorized: false,
        };
        return (await requestTls('/', { ...options, agent, localPort: undefined })).server;
      };
      expect(await ask()).toBe('server');
      const next = files.authority.issue('next', 'DNS:localhost');
      copyFileSync(next.cert, files.server.cert);
      copyFileSync(next.key, files.server.key);
      await daemon.until('the new one is used', async () => {
        return (await ask().catch(() => '')) === 'next';
      });
      agent.destroy();
    }));

  test('but not when it is bad: the last good one stays, and the reason is said', () =>
    files.with(USERS, async (daemon) => {
      files.write('basic_auth_users: { alice: hunter2 }');
      await daemon.until('it is refused', async () => {
        await daemon.get('/-/healthy');
        return daemon.stderr.includes('web configuration not reloaded');
      });
      expect(daemon.stderr).toContain('web.yml:1: basic_auth_users.alice: expected a bcrypt hash');
      expect(daemon.stderr).not.toContain('hunter2');
      const right = basic('alice', PASSWORD);
      const page = (await daemon.get('/metrics', right)).body.toString();
      expect(page).toContain('ephemeral_ports_config_last_reload_successful 0');
      const { status, body } = await daemon.ask('POST', '/-/reload', right);
      expect([status, body.toString()]).toEqual([500, expect.stringContaining('web.yml:1:')]);
      rmSync(files.config);
      expect((await daemon.get('/metrics')).status).toBe(401);
      files.write(USERS);
      await daemon.until('it is good again', async () => {
        const answer = await daemon.get('/metrics', right);
        return answer.body.includes('ephemeral_ports_config_last_reload_successful 1');
      });
    }));
});

describe('a file that cannot be used at the start', () => {
  test.each([
    ['unknown: 1', 'web.yml:1: unknown key "unknown"'],
    [
      'tls_server_config: { cert_file: server.pem, key_file: prometheus.key }',
      'the certificate and its key cannot be used',
    ],
    ['tls_server_config: { cert_file: none.pem, key_file: none.key }', 'none.pem: cannot be read'],
  ])('%s', (content, message) => {
    files.write(content);
    const { status, stderr } = run(`--web.config.file=${files.config}`, ONLY_HERE);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });

  test('because it is a pipe', () => {
    const pipe = join(files.authority.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { status, stderr } = run(`--web.config.file=${pipe}`, ONLY_HERE);
    expect([status, stderr]).toEqual([1, expect.stringContaining('expected a regular file')]);
  });
});
