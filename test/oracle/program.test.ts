import { expect, test } from 'vitest';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { Daemon } from '../support/daemon.ts';
import { EXPORT_ALL, run } from '../support/exporter.ts';
import { assertSource, SOURCES } from '../support/polls.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import { measure, predict } from '../support/verdict.ts';

/** The other suites poll in their own thread; here the built program does, in processes and threads of its own. */

const A: Target = { to: '127.0.0.1', port: 80 };
const NOTHING = { protocol: 'tcp' };

/** A listener in the range, connections to it and to `A`, UDP sockets; returns the listener in the range. */
function stage(network: Network): number {
  network.listen(A.to, A.port);
  const inRange = { to: '127.0.0.1', port: LOW + 10 };
  const listener = network.listen(inRange.to, inRange.port);
  network.connections(5, inRange, listener);
  for (let open = 0; open < 30; open += 1) network.connect(A);
  for (let open = 0; open < 7; open += 1) network.bindUdp('127.0.0.1', 0);
  return listener;
}

test.each(SOURCES)('--once says what the kernel then grants (%s)', (source) =>
  inNetwork((network) => {
    stage(network);
    const flags = [`--poll.source=${source}`, `--config.file=${EXPORT_ALL}`];
    const { status, stdout, stderr } = run('--once', '--once.format=metrics', ...flags);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const page = new Exposition(stdout);
    assertSource(page, source);
    expect(predict(page, [A])).toEqual(measure(network, [A]));
  }),
);

test.each(SOURCES)('the daemon says what the kernel then grants, and remembers (%s)', (source) =>
  inNetwork(async (network) => {
    const listener = stage(network);
    const daemon = await Daemon.start(`--poll.source=${source}`);
    try {
      expect((await daemon.nextPoll()).value('blocked', NOTHING)).toBe(1);
      network.close(listener);
      const page = await daemon.nextPoll();
      assertSource(page, source);
      expect(page.value('blocked', NOTHING)).toBe(1);
      expect(predict(page, [A])).toEqual(measure(network, [A]));
    } finally {
      await daemon.stop('SIGKILL');
    }
  }),
);
