import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { hashSync } from 'bcryptjs';
import { describe, expect, test } from 'vitest';
import { Daemon, request } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { madeUpOverview } from '../support/made-up-overview.ts';
import { inNetwork } from '../support/scenario.ts';

const FOLDER = fileURLToPath(new URL('../../dist/page/', import.meta.url));
const NAMES = readdirSync(FOLDER);

describe('the files of the page', () => {
  test('are 150 KB at most, compressed', () => {
    const sizes = NAMES.map((name) => gzipSync(readFileSync(FOLDER + name)).byteLength);
    expect(NAMES).toHaveLength(3);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(150 * 1024);
  });

  test('an update with 200 endpoints is 20 KB at most, compressed', () => {
    const json = JSON.stringify(madeUpOverview(200, 20));
    expect(gzipSync(json).byteLength).toBeLessThan(20 * 1024);
  });

  test('are kept by browsers, compressed where they like it, and of the type that they are', () =>
    inNetwork(async () => {
      const daemon = await Daemon.start();
      const html = (await daemon.get('/')).body.toString();
      for (const name of NAMES) {
        expect(html).toContain(`/assets/${name}"`);
        const { headers, status } = await daemon.get(`/assets/${name}`, {
          'accept-encoding': 'gzip',
        });
        expect(status).toBe(200);
        expect(headers).toMatchObject({
          'cache-control': 'private, max-age=31536000, immutable',
          'content-encoding': 'gzip',
          'x-content-type-options': 'nosniff',
        });
      }
      expect((await daemon.get('/assets/nothing.js')).status).toBe(404);
    }));

  test('need a password where the page needs one', () => {
    const users = `basic_auth_users: { alice: "${hashSync('secret', 4)}" }\n`;
    return inNetwork(async () => {
      const daemon = await Daemon.start(`--web.config.file=${temporaryFile('users.yaml', users)}`);
      const authorization = `Basic ${Buffer.from('alice:secret').toString('base64')}`;
      for (const path of ['/', ...NAMES.map((name) => `/assets/${name}`), '/api/v1/overview']) {
        expect([path, (await daemon.get(path)).status]).toEqual([path, 401]);
      }
      const [name = ''] = NAMES;
      expect((await daemon.get(`/assets/${name}`, { authorization })).status).toBe(200);
    });
  });

  test('sixty who look at once do not keep a scrape waiting', () =>
    inNetwork(async () => {
      const daemon = await Daemon.start();
      await daemon.nextPoll();
      const viewers = Promise.all(
        Array.from({ length: 60 }, (_, at) =>
          request(9065, at % 2 === 0 ? '/' : '/api/v1/overview', { 'accept-encoding': 'gzip' }),
        ),
      );
      const startedMs = performance.now();
      expect((await daemon.get('/metrics')).status).toBe(200);
      expect(performance.now() - startedMs).toBeLessThan(1000);
      // So many at once as --web.max-requests lets through; a client may have 64 connections.
      expect(new Set((await viewers).map(({ status }) => status))).toEqual(new Set([200]));
    }));
});
