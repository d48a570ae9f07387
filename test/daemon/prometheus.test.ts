import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { run } from '../support/exporter.ts';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { inNetwork } from '../support/scenario.ts';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';

const reason = missing(['promtool', 'prometheus']);

/** What `promtool check metrics` prints and returns for a page. */
function lint(page: string): { status: number | null; output: string } {
  const promtool = tool('promtool', 'prometheus');
  const { status, stdout, stderr } = spawnSync(promtool, ['check', 'metrics'], {
    input: page,
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
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
      expect(lint(page)).toEqual({ status: 0, output: '' });
      expect(lint(run('--once', '--once.format=metrics').stdout)).toEqual({
        status: 0,
        output: '',
      });
      await daemon.stop('SIGKILL');
    }),
);

test.skipIf(reason !== undefined)('promtool finds nothing to say about the golden page', () => {
  const golden = readFileSync(new URL('../golden/mixed.prom', import.meta.url), 'utf8');
  expect(lint(golden)).toEqual({ status: 0, output: '' });
});
