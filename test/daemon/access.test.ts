import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { Authority, type Certificate, clientOptions } from '../support/certificates.ts';
import { Daemon, request } from '../support/daemon.ts';
import { ONLY_HERE, run } from '../support/exporter.ts';
import { requestTls } from '../support/https.ts';
import { inNetwork } from '../support/scenario.ts';

const authority = new Authority();
const server = authority.issue('server', 'DNS:localhost', 'IP:127.0.0.1', 'IP:::1');
const prometheus = authority.issue('prometheus', 'DNS:prometheus.example', 'IP:2001:db8::1');
const stranger = authority.issue('stranger', 'DNS:stranger.example');
const other = new Authority('Another authority');
const forged = other.issue('forged', 'DNS:prometheus.example');

const CONFIG = join(authority.folder, 'web.yml');
const PASSWORD = 'correct horse';
/** A cost that takes about a second. */
const COSTLY = '$2y$14$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi';
const USERS = `basic_auth_users: { alice: "${hashSync(PASSWORD, 4)}" }\n`;

/** Relative to the folder of the file. */
function tls(more = ''): string {
  return `tls_server_config: { cert_file: server.pem, key_file: server.key${more} }\n`;
}

function needs(type: string, more = ''): string {
  return tls(`, client_auth_type: ${type}, client_ca_file: ca.pem${more}`);
}

/** Runs `body` with a daemon that has this configuration; `write` gives it another. */
function withAccess(
  content: string,
  body: (daemon: Daemon, write: (content: string) => void) => Promise<void>,
): Promise<void> {
  return inNetwork(async () => {
    const write = (text: string): void => {
      writeFileSync(CONFIG, text);
    };
    write(content);
    const daemon = await Daemon.launch(
      `--web.config.file=${CONFIG}`,
      '--web.listen-address=[::1]:9066',
    );
    await body(daemon, write);
  });
}

function basic(user: string, password: string): Record<string, string> {
  return { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` };
}

/** The status for a request with this certificate, or why there is no answer. */
async function statusWith(certificate?: Certificate, path = '/'): Promise<number | string> {
  const answer = requestTls(path, clientOptions(authority, certificate));
  return answer.then(({ status }) => status, String);
}

/** The status over plain HTTP, or why there is no answer. */
function plainStatus(path: string, headers = {}): Promise<number | string> {
  return request(9065, path, headers).then(({ status }) => status, String);
}

test('TLS on every address, and no plain HTTP', () =>
  withAccess(tls(), async () => {
    expect(await statusWith()).toBe(200);
    const second = await requestTls('/', {
      ...clientOptions(authority),
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
  const everything = needs('RequireAndVerifyClientCert', ', min_version: TLS13') + USERS;

  test('are answered to this host without TLS, certificate and password, and nothing else is', () =>
    withAccess(everything, async (daemon) => {
      expect(await plainStatus('/-/healthy')).toBe(200);
      await daemon.until('it is ready', async () => (await plainStatus('/-/ready')) === 200);
      for (const path of ['/metrics', '/', '/api/v1/snapshot', '/nothing', '/-/reload']) {
        expect(await plainStatus(path), path).toContain('Error');
        expect(await plainStatus(path, basic('alice', PASSWORD)), path).toContain('Error');
      }
    }));

  test('also to the health check of the image, which is a script', () =>
    withAccess(everything, async (daemon) => {
      expect(healthCheck()).toBe(0);
      await daemon.stop();
      expect(healthCheck()).toBe(1);
    }));

  test('also in pieces, and one after the other in one connection', () =>
    withAccess(everything, async () => {
      const slow = await plainBytes('', ['G', 'ET /-/healthy HTTP/1.0\r\n', '\r\n']);
      expect(slow).toMatch(/^HTTP\/1.1 200 OK[\s\S]*Healthy\.\n$/);
      const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
      const two = await plainBytes(get('/-/healthy') + get('/metrics'));
      expect(two).not.toContain('ephemeral_ports');
    }));

  test('but not to others: for them there is TLS alone', () =>
    withAccess(everything, async () => {
      execFileSync('ip', ['address', 'add', '10.1.2.3/24', 'dev', 'lo']);
      const from = { host: '127.0.0.1', localAddress: '10.1.2.3' };
      expect(
        (await requestTls('/-/healthy', { ...clientOptions(authority), ...from })).status,
      ).toBe(200);
      const script = `fetch = require('http').get({ host: '127.0.0.1', port: 9065, path: '/-/healthy', localAddress: '10.1.2.3' }, (answer) => process.stdout.write(String(answer.statusCode))); fetch.on('error', (error) => process.stdout.write(String(error)))`;
      expect(execFileSync(process.execPath, ['-e', script]).toString()).toContain('Error');
    }));

  test('clients that reset their connection before anybody has looked at it end nothing', () =>
    withAccess(everything, async (daemon) => {
      for (let round = 0; round < 40; round += 1) {
        for (let each = 0; each < 20; each += 1) resetAtOnce();
        await sleep(30);
      }
      expect(await plainStatus('/-/healthy')).toBe(200);
      expect(daemon.stderr).not.toMatch(/ECONNRESET|uncaught/);
    }));
});

function healthCheck(): number | null {
  return spawnSync('bash', ['deploy/image/healthcheck.sh']).status;
}

function resetAtOnce(): void {
  const socket = connect(9065, '127.0.0.1', () => socket.resetAndDestroy());
  socket.on('error', () => undefined);
}

describe('passwords', () => {
  test('are asked for everywhere but at the probes, which say one word', () =>
    withAccess(USERS, async (daemon) => {
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
    withAccess(USERS, async (daemon) => {
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

  test('wrong ones are limited; a right one that is remembered goes on', () =>
    withAccess(USERS, async (daemon) => {
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

  test('a costly one does not hold up the main thread', () =>
    withAccess(`basic_auth_users: { alice: "${COSTLY}" }\n`, async (daemon) => {
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

describe('client certificates', () => {
  test.each([
    ['NoClientCert', tls(), [200, 200, 200, 200]],
    ['RequestClientCert', tls(', client_auth_type: RequestClientCert'), [200, 200, 200, 200]],
    ['RequireAnyClientCert', tls(', client_auth_type: RequireAnyClientCert'), [401, 200, 200, 200]],
    ['VerifyClientCertIfGiven', needs('VerifyClientCertIfGiven'), [200, 200, 200, 401]],
    ['RequireAndVerifyClientCert', needs('RequireAndVerifyClientCert'), [401, 200, 200, 401]],
    [
      'client_allowed_sans',
      needs('RequireAndVerifyClientCert', ', client_allowed_sans: [prometheus.example]'),
      [401, 200, 401, 401],
    ],
    [
      'an address in client_allowed_sans',
      needs('RequireAndVerifyClientCert', ', client_allowed_sans: ["2001:db8::1"]'),
      [401, 200, 401, 401],
    ],
  ])('%s: none, a named one, another, one of another authority', (_type, content, expected) =>
    withAccess(content, async () => {
      const statuses = [
        await statusWith(),
        await statusWith(prometheus),
        await statusWith(stranger),
        await statusWith(forged),
      ];
      expect(statuses).toEqual(expected);
      expect(await statusWith(undefined, '/-/healthy')).toBe(200);
      expect(await statusWith(undefined, '/-/ready')).not.toBe(401);
    }),
  );

  test('and passwords together: both are needed', () =>
    withAccess(needs('RequireAndVerifyClientCert') + USERS, async () => {
      const options = clientOptions(authority, prometheus);
      expect((await requestTls('/metrics', options)).status).toBe(401);
      const headers = basic('alice', PASSWORD);
      expect((await requestTls('/metrics', { ...options, headers })).status).toBe(200);
      const none = { ...clientOptions(authority), headers };
      expect((await requestTls('/metrics', none)).status).toBe(401);
    }));
});

describe('versions and ciphers of TLS', () => {
  test.each([
    ['min_version: TLS13', 'TLSv1.2', 'TLSv1.2', undefined],
    ['max_version: TLS12', 'TLSv1.3', 'TLSv1.3', undefined],
    ['min_version: TLS12', 'TLSv1.1', 'TLSv1.1', undefined],
    ['min_version: TLS12', 'TLSv1.2', 'TLSv1.2', 'TLSv1.2'],
    ['min_version: TLS13', 'TLSv1.2', 'TLSv1.3', 'TLSv1.3'],
  ] as const)('%s, a client with %s to %s', (more, minVersion, maxVersion, spoken) =>
    withAccess(tls(`, ${more}`), async () => {
      const options = { ...clientOptions(authority), minVersion, maxVersion } as const;
      const asked = requestTls('/', options).then(
        ({ status }) => status,
        () => undefined,
      );
      expect(await asked).toBe(spoken === undefined ? undefined : 200);
    }),
  );

  test('cipher_suites and curve_preferences', () =>
    withAccess(
      tls(
        ', max_version: TLS12, cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384], curve_preferences: [CurveP384]',
      ),
      async () => {
        const ask = (more: object): Promise<number | string> =>
          requestTls('/', { ...clientOptions(authority), ...more }).then(
            ({ status }) => status,
            String,
          );
        expect(await ask({ ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })).toBe(200);
        expect(await ask({ ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toContain('Error');
        // P-256 is the curve of the certificate.
        expect(await ask({ ecdhCurve: 'X25519:P-256' })).toContain('Error');
        expect(await ask({ ecdhCurve: 'P-384:P-256' })).toBe(200);
      },
    ));
});

test('http_server_config.headers wins over our own', () =>
  withAccess(
    'http_server_config: { headers: { X-Frame-Options: sameorigin, Strict-Transport-Security: max-age=60 } }',
    async (daemon) => {
      expect((await daemon.get('/')).headers).toMatchObject({
        'x-frame-options': 'sameorigin',
        'strict-transport-security': 'max-age=60',
        'x-content-type-options': 'nosniff',
      });
    },
  ));

test('rate_limit counts all but the probes', () =>
  withAccess('rate_limit: { interval: 1h, burst: 2 }', async (daemon) => {
    const statuses: number[] = [];
    for (const path of ['/', '/', '/', '/-/healthy'])
      statuses.push((await daemon.get(path)).status);
    expect(statuses).toEqual([200, 200, 429, 200]);
  }));

describe('a change is in force', () => {
  test('when the file is written: plain, passwords, TLS, plain', () =>
    withAccess('', async (daemon, write) => {
      expect(await plainStatus('/')).toBe(200);
      write(USERS);
      await daemon.until('a password is needed', async () => (await plainStatus('/')) === 401);
      write(tls());
      await daemon.until('it is TLS', async () => (await statusWith()) === 200);
      write('');
      await daemon.until('it is plain again', async () => (await plainStatus('/')) === 200);
      expect(daemon.stderr).toContain('web configuration reloaded');
    }));

  test('when a certificate is replaced, and a connection that is kept takes part', () =>
    withAccess(tls(', client_auth_type: RequireAnyClientCert'), async (daemon) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const ask = async (): Promise<string> => {
        const options = { ...clientOptions(authority, prometheus), rejectUnauthorized: false };
        return (await requestTls('/', { ...options, agent, localPort: undefined })).server;
      };
      expect(await ask()).toBe('server');
      const next = authority.issue('next', 'DNS:localhost');
      copyFileSync(next.cert, server.cert);
      copyFileSync(next.key, server.key);
      await daemon.until('the new one is used', async () => {
        return (await ask().catch(() => '')) === 'next';
      });
      agent.destroy();
    }));

  test('but not when it is bad: the last good one stays, and the reason is said', () =>
    withAccess(USERS, async (daemon, write) => {
      write('basic_auth_users: { alice: hunter2 }');
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
      rmSync(CONFIG);
      expect((await daemon.get('/metrics')).status).toBe(401);
      write(USERS);
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
      'tls_server_config: { cert_file: server.pem, key_file: stranger.key }',
      'the certificate and its key cannot be used',
    ],
    ['tls_server_config: { cert_file: none.pem, key_file: none.key }', 'none.pem: cannot be read'],
  ])('%s', (content, message) => {
    writeFileSync(CONFIG, content);
    const { status, stderr } = run(`--web.config.file=${CONFIG}`, ONLY_HERE);
    expect(status).toBe(1);
    expect(stderr).toContain(message);
  });

  test('because it is a pipe', () => {
    const pipe = join(authority.folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const { status, stderr } = run(`--web.config.file=${pipe}`, ONLY_HERE);
    expect([status, stderr]).toEqual([1, expect.stringContaining('expected a regular file')]);
  });
});
