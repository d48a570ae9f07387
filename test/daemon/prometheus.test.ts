import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { run } from '../support/exporter.ts';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { promtoolRemarks } from '../support/promtool-remarks.ts';
import { inNetwork } from '../support/scenario.ts';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';

const reason = missing(['promtool', 'prometheus']);

/** What `promtool check metrics` prints for a page that is not known already. Its status is 3 where it prints anything. */
function lint(page: string): string {
  const promtool = tool('promtool', 'prometheus');
  const options = { input: page, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], options);
  expect(status).toBe(stdout + stderr === '' ? 0 : 3);
  return promtoolRemarks(stdout + stderr);
}

function busy(network: Network): void {
  network.listen('127.0.0.1', 80);
  for (let open = 0; open < 60; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
}

test.skipIf(reason !== undefined)(
  'promtool finds nothing to say about a live page, nor about --once',
  () =>
    inNetwork(async (network) => {
      busy(network);
      const daemon = await Daemon.start();
      await daemon.nextPoll();
      const page = (await daemon.get('/metrics')).body.toString();
      expect(lint(page)).toBe('');
      expect(lint(run('--once', '--once.format=metrics').stdout)).toBe('');
      await daemon.stop('SIGKILL');
    }),
);

test.skipIf(reason !== undefined)('promtool finds nothing to say about the golden page', () => {
  const golden = readFileSync(new URL('../golden/mixed.prom', import.meta.url), 'utf8');
  expect(lint(golden)).toBe('');
});
