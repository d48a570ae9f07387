import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { readDaemonAddress } from '../../../src/cli/daemon/daemon-address.ts';
import { DaemonClient } from '../../../src/cli/daemon/daemon-client.ts';
import { DaemonError } from '../../../src/cli/daemon/daemon-error.ts';
import { FlagError } from '../../../src/cli/flags/flag.ts';
import { Authority } from '../../support/certificates.ts';

describe('the address of a daemon', () => {
  test.each([
    ['http://127.0.0.1:9065', 'http://127.0.0.1:9065'],
    ['http://127.1:9065/', 'http://127.0.0.1:9065'],
    ['https://localhost:9065/exporter/', 'https://localhost:9065/exporter'],
    ['http://[::1]:9065', 'http://[::1]:9065'],
    ['http://[::ffff:127.0.0.1]:9065', 'http://[::ffff:7f00:1]:9065'],
  ])('%s is on loopback', (text, name) => {
    expect(readDaemonAddress(text).name).toBe(name);
  });

  test.each([
    ['http://10.0.0.1:9065', "only a daemon on this host's loopback is asked, not 10.0.0.1"],
    [
      'http://localhost.example:1',
      "only a daemon on this host's loopback is asked, not localhost.example",
    ],
    [
      'http://2130706434.example',
      "only a daemon on this host's loopback is asked, not 2130706434.example",
    ],
    ['http://[::2]:1', "only a daemon on this host's loopback is asked, not [::2]"],
    ['http://u:secret@10.0.0.1', "only a daemon on this host's loopback is asked, not 10.0.0.1"],
    ['127.0.0.1:9065', 'expected a URL such as http://127.0.0.1:9065, found no URL'],
    ['ftp://127.0.0.1', 'expected a URL such as http://127.0.0.1:9065, found ftp:'],
    ['http://127.0.0.1/?a=1', 'expected a URL such as http://127.0.0.1:9065, found "?" or "#"'],
  ])('%s is refused', (text, message) => {
    expect(() => readDaemonAddress(text)).toThrow(new FlagError(`--from: ${message}`));
  });

  test('gives its user as a header, and keeps the password out of its name', () => {
    const { authorization, name } = readDaemonAddress('http://me:p%40ss@127.0.0.1:1/x');
    expect(authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(name).toBe('http://127.0.0.1:1/x');
  });
});

const open: Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) server.close();
});

function portOf(server: Server): Promise<number> {
  open.push(server);
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve((server.address() as AddressInfo).port);
    });
  });
}

async function ask(listener: RequestListener, from = '', timeoutMs?: number): Promise<unknown> {
  const port = await portOf(createServer(listener));
  const client = new DaemonClient(`http://${from}127.0.0.1:${port}/pre/`);
  try {
    return await client.json('/api/v1/overview', timeoutMs);
  } finally {
    client.close();
  }
}

describe('a daemon', () => {
  test('is asked for JSON behind its prefix, with its user', async () => {
    const seen: unknown[] = [];
    const json = await ask((request, response) => {
      seen.push(request.url, request.headers.authorization);
      response.end('{"schema":1}');
    }, 'u:p@');
    expect(json).toEqual({ schema: 1 });
    expect(seen).toEqual([
      '/pre/api/v1/overview',
      `Basic ${Buffer.from('u:p').toString('base64')}`,
    ]);
  });

  test.each([
    [401, 'unauthorized', /it wants a user: --from=http:\/\/USER:PASSWORD@127\.0\.0\.1:9065$/],
    [404, 'unknown path', /it has no \/api\/v1\/overview: another program, or an older version$/],
    [503, 'not ready', /it answers \/api\/v1\/overview with HTTP status 503$/],
    [500, 'failed', /it answers \/api\/v1\/overview with HTTP status 500$/],
  ])('that answers %i is said to be %s', async (status, kind, message) => {
    const asked = ask((_, response) => response.writeHead(status).end());
    await expect(asked).rejects.toMatchObject({
      kind,
      message: expect.stringMatching(message) as string,
    });
  });

  test('that is slow is not waited for', async () => {
    const asked = ask(() => undefined, '', 100);
    await expect(asked).rejects.toThrow(/no answer within 0\.1 s$/);
  });

  test('that stops in the middle of its answer is not waited for either', async () => {
    const asked = ask((_, response) => response.write('{'), '', 100);
    await expect(asked).rejects.toThrow(/no answer within 0\.1 s$/);
  });

  test('that answers no JSON is refused', async () => {
    const asked = ask((_, response) => response.end('<html>'));
    await expect(asked).rejects.toThrow(/what \/api\/v1\/overview answers is no JSON$/);
  });

  test('that is not there is absent', async () => {
    const server = createServer();
    const port = await portOf(server);
    await new Promise((resolve) => server.close(resolve));
    const client = new DaemonClient(`http://localhost:${port}`);
    await expect(client.json('/')).rejects.toMatchObject({ kind: 'absent' });
    await expect(client.json('/')).rejects.toBeInstanceOf(DaemonError);
  });

  test('may have a certificate of another name', async () => {
    const { cert, key } = new Authority().issue('node-1', 'DNS:node-1.example');
    const options = { cert: readFileSync(cert), key: readFileSync(key) };
    const port = await portOf(createTlsServer(options, (_, response) => response.end('7')));
    const client = new DaemonClient(`https://localhost:${port}`);
    expect(await client.json('/')).toBe(7);
    client.close();
    const plain = new DaemonClient(`http://127.0.0.1:${port}`);
    await expect(plain.json('/')).rejects.toThrow(/http and https may be mixed up/);
    plain.close();
  });
});
