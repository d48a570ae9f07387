import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Incident } from '../../src/incidents/incident.ts';
import { Daemon } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { serve } from '../support/incident-stage.ts';
import { inNetwork } from '../support/scenario.ts';
import { hold, onHost } from '../support/story.ts';
import { withDefect } from '../support/planted.ts';

const FIRES_AT_ONCE = 'alerts: { EphemeralPortsExhaustion: { critical: 0.9, for: 0s } }\n';
const HERE = 'namespaces: { discover: off }\n';

/** A configuration by which alerts fire at once, and incidents are kept in `file`. */
function config(file = ''): string {
  return temporaryFile(
    `incidents-${file.length}.yaml`,
    `${FIRES_AT_ONCE}${HERE}incidents: { file: "${file}" }\n`,
  );
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'incidents-'));
  chmodSync(path, 0o777);
  return path;
}

interface Listed {
  readonly schema: number;
  readonly incidents: readonly Incident[];
  readonly omitted: number;
}

async function listOf(daemon: Daemon): Promise<Listed> {
  const answer = await daemon.get('/api/v1/incidents');
  expect(answer.status).toBe(200);
  expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
  return JSON.parse(answer.body.toString()) as Listed;
}

async function untilListed(
  daemon: Daemon,
  isThere: (incident: Incident) => boolean,
): Promise<Incident> {
  let found: Incident | undefined;
  await daemon.until('the incident is listed', async () => {
    found = (await listOf(daemon)).incidents.find(isThere);
    return found !== undefined;
  });
  if (found === undefined) throw new Error('no incident');
  return found;
}

describe('GET /api/v1/incidents', () => {
  test('lists what was known when the pool turned critical', () =>
    inNetwork(async (network) => {
      const open = serve(network);
      open(50);
      const daemon = await Daemon.start(`--config.file=${config()}`);
      expect(await listOf(daemon)).toEqual({ schema: 1, incidents: [], omitted: 0 });
      await daemon.nextPoll();
      open(45);
      const { samples, ...incident } = await untilListed(daemon, () => true);
      expect(incident).toMatchObject({
        ended_at_seconds: null,
        pool: { local_address: '127.0.0.1', remote_address: '127.0.0.1', remote_port: 80 },
        first: { held: 95, available: 5 },
      });
      expect(samples.map(({ held }) => held).filter((held) => held === 50).length).toBeGreaterThan(
        0,
      );
      expect(samples.at(-1)?.held).toBe(95);
    }));

  test('the list outlives the thread that samples', () =>
    inNetwork(async (network) => {
      serve(network)(95);
      const mark = temporaryFile('die', '');
      rmSync(mark);
      const dies = withDefect(`
        const { existsSync, rmSync } = require('node:fs');
        if (isSampler) setInterval(() => {
          if (!existsSync('${mark}')) return;
          rmSync('${mark}');
          throw new Error('planted');
        }, 50);`);
      const daemon = await Daemon.startBy(dies, `--config.file=${config()}`);
      const { id } = await untilListed(daemon, () => true);
      writeFileSync(mark, '');
      await daemon.until('it died', () =>
        Promise.resolve(daemon.stderr.includes('the sampler died and was started again')),
      );
      const again = await untilListed(daemon, ({ ended_at_seconds: ended }) => ended === null);
      expect(again).toMatchObject({ id, times: 1 });
    }));

  test(
    'an incident ends with its network namespace, and says so',
    onHost(async ({ host, start }) => {
      const pod = await host.namespace('sysctl -qw net.ipv4.ip_local_port_range="40000 40099"');
      const inside = hold(pod, 95);
      const path = temporaryFile('gone.yaml', FIRES_AT_ONCE);
      const daemon = await start('full', `--config.file=${path}`);
      const { netns } = pod;
      await untilListed(daemon, ({ namespace }) => namespace.netns === netns);
      inside.dispose();
      await host.end(pod);
      const ended = await untilListed(daemon, ({ end_reason: reason }) => reason !== '');
      expect(ended).toMatchObject({ end_reason: 'namespace_gone', namespace: { netns } });
    }),
  );
});

describe('incidents.file', () => {
  test.each([0, 1200])(
    'keeps them beyond the life of the exporter, also where it is read %i ms late',
    (lateMs) =>
      inNetwork(async (network) => {
        const file = join(folder(), 'incidents.json');
        serve(network)(95);
        const first = await Daemon.start(`--config.file=${config(file)}`);
        const { id } = await untilListed(first, () => true);
        expect(await first.stop()).toBe(0);
        const kept = JSON.parse(readFileSync(file, 'utf8')) as Listed;
        expect(kept.incidents.map((each) => each.id)).toEqual([id]);
        expect(existsSync(`${file}.new`)).toBe(false);
        const isLate = withDefect(`
          const files = require('node:fs/promises');
          const { readFile } = files;
          files.readFile = async (path, ...rest) => {
            if (path === '${file}') await new Promise((resolve) => setTimeout(resolve, ${lateMs}));
            return readFile(path, ...rest);
          };
          require('node:module').syncBuiltinESMExports();`);
        const second = await Daemon.startBy(isLate, `--config.file=${config(file)}`);
        await untilListed(second, (each) => each.id === id && each.ended_at_seconds === null);
        expect((await listOf(second)).incidents).toHaveLength(1);
      }),
  );

  test('is written soon after an incident begins, also where the exporter is killed', () =>
    inNetwork(async (network) => {
      const file = join(folder(), 'incidents.json');
      serve(network)(95);
      const daemon = await Daemon.start(`--config.file=${config(file)}`);
      await untilListed(daemon, () => true);
      await daemon.until('it is written', () => Promise.resolve(existsSync(file)));
      await daemon.stop('SIGKILL');
      expect((JSON.parse(readFileSync(file, 'utf8')) as Listed).incidents).toHaveLength(1);
    }));

  test.each([
    ['something else', 'hello\n', 'expected a file of incidents'],
    ['the JSON of something else', '{"schema": 1}', 'expected a file of incidents'],
    [
      'one with an incident that is damaged',
      '{"program":"ephemeral-port-exporter","schema":1,"incidents":[{"id":1}]}',
      'expected a file of incidents',
    ],
    [
      'one of another version',
      '{"program":"ephemeral-port-exporter","schema":2,"incidents":[]}',
      'expected incidents of schema 1, found 2',
    ],
  ])('%s is said to be wrong, and left as it is', (_, text, problem) =>
    inNetwork(async (network) => {
      const file = join(folder(), 'incidents.json');
      writeFileSync(file, text);
      serve(network)(95);
      const daemon = await Daemon.start(`--config.file=${config(file)}`);
      await untilListed(daemon, () => true);
      expect(await daemon.stop()).toBe(0);
      expect(daemon.stderr).toContain(`incidents.file: ${file}: ${problem}`);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }),
  );

  test('a place that cannot be written is said once, and the exporter goes on', () =>
    inNetwork(async (network) => {
      const file = join(folder(), 'nowhere', 'incidents.json');
      serve(network)(95);
      const daemon = await Daemon.start(`--config.file=${config(file)}`);
      await untilListed(daemon, () => true);
      const lines = (): number => daemon.stderr.split('cannot be written').length - 1;
      await daemon.until('it is said', () => Promise.resolve(lines() > 0));
      mkdirSync(join(file, '..'));
      expect(await daemon.stop()).toBe(0);
      expect(lines()).toBe(1);
    }));

  test('a path that is not absolute is an error', () =>
    inNetwork(async () => {
      const path = temporaryFile('relative.yaml', 'incidents: { file: here.json }\n');
      await expect(Daemon.start(`--config.file=${path}`)).rejects.toThrow(
        'incidents.file: expected an absolute path',
      );
    }));
});
