import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect } from 'vitest';
import { request } from './daemon.ts';

export type Labels = Readonly<Record<string, string>>;

function post(path: string, body: unknown): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const options = { host: '127.0.0.1', port: 9093, path, method: 'POST', headers, agent: false };
    const outgoing = httpRequest(options, (response) => {
      response.resume();
      response.on('end', () => {
        resolve(response.statusCode ?? 0);
      });
    });
    outgoing.on('error', reject);
    outgoing.end(JSON.stringify(body));
  });
}

/** Says that these alerts fire, or that they do so no more. */
export async function say(alerts: readonly Labels[], fires: boolean): Promise<void> {
  const startsAt = new Date(Date.now() - 2000).toISOString();
  const endsAt = new Date(Date.now() + (fires ? 600_000 : -1000)).toISOString();
  const posted = alerts.map((labels) => ({ labels, startsAt, endsAt }));
  expect(await post('/api/v2/alerts', posted)).toBe(200);
}

export interface Shown {
  readonly labels: Labels;
  readonly receivers: readonly { readonly name: string }[];
  readonly status: { readonly state: string; readonly inhibitedBy: readonly string[] };
}

/** Sets of labels, in an order of their own. */
export const sorted = (all: readonly Labels[]): string[] =>
  all
    .map((labels) =>
      JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))),
    )
    .toSorted();

/** What Alertmanager shows. */
export async function shown(): Promise<Shown[]> {
  return JSON.parse((await request(9093, '/api/v2/alerts')).body.toString()) as Shown[];
}

/**
 * Debian's Alertmanager looks for its templates in /usr/share, wherever it was unpacked to: it sees them there
 * in a mount namespace of its own. For the command `unshare`.
 */
function withTemplates(program: string): string[] {
  const share = join(dirname(program), '../share/prometheus');
  const place = '/usr/share/prometheus';
  const mount = `mount -t tmpfs none /usr/share && mkdir ${place} && mount --bind "$0" ${place} && exec "$@"`;
  if (existsSync(`${place}/alertmanager`)) return ['--mount', program];
  return ['--mount', 'sh', '-c', mount, share, program];
}

/** A real Alertmanager with this configuration, in the namespace that this thread is in. */
export async function withAlertmanager(
  program: string,
  config: string,
  body: () => Promise<void>,
): Promise<void> {
  const alertmanager: ChildProcess = spawn(
    'unshare',
    [
      ...withTemplates(program),
      `--config.file=${config}`,
      `--storage.path=${mkdtempSync(join(tmpdir(), 'epe-alertmanager-'))}`,
      '--web.listen-address=127.0.0.1:9093',
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  try {
    await expect
      .poll(
        () =>
          request(9093, '/-/ready').then(
            ({ status }) => status,
            () => 0,
          ),
        {
          timeout: 30_000,
        },
      )
      .toBe(200);
    await body();
  } finally {
    alertmanager.kill('SIGKILL');
  }
}
