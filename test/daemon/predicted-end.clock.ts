import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import type { Target } from '../../deploy/demo/lab/network.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';

const A: Target = { to: '127.0.0.1', port: 80 };

/** What the exporter foresaw, and when the kernel refused the first connect: Unix time in seconds. */
interface Ends {
  readonly predicted: readonly number[];
  readonly actual: number;
}

/** Leaks connections at an even rate until the kernel refuses one. */
function leak(size: number, perSecond: number): Promise<Ends> {
  let ends: Ends = { predicted: [], actual: 0 };
  return inNetwork(async (network) => {
    network.range(LOW, LOW + size - 1);
    network.listen(A.to, A.port);
    const daemon = await Daemon.start();
    const predicted: number[] = [];
    const begin = Date.now();
    for (let opened = 0; ;) {
      const due = Math.floor(((Date.now() - begin) / 1000) * perSecond);
      try {
        for (; opened < due; opened += 1) network.connect(A);
      } catch (error) {
        if (!(error instanceof SyscallError && error.errno === 'EADDRNOTAVAIL')) throw error;
        ends = { predicted, actual: Date.now() / 1000 };
        break;
      }
      const page = await daemon.metrics();
      const seconds = page.find('endpoint_time_to_exhaustion_seconds', { remote_port: '80' });
      const taken = page.find('poll_last_success_timestamp_seconds');
      if (seconds !== undefined && taken !== undefined) predicted.push(taken + seconds);
      await sleep(200);
    }
    await daemon.stop('SIGKILL');
  }).then(() => ends);
}

describe('the predicted end is the time of the first refused connect', () => {
  test.each([
    { size: 200, perSecond: 5 },
    { size: 400, perSecond: 10 },
    { size: 600, perSecond: 20 },
  ])('range $size, $perSecond a second', async ({ size, perSecond }) => {
    const begin = Date.now() / 1000;
    const { predicted, actual } = await leak(size, perSecond);
    const worst = Math.max(...predicted.map((each) => Math.abs(each - actual)));
    expect(predicted.length).toBeGreaterThan(20);
    expect(worst).toBeLessThan(0.1 * (actual - begin));
  });
});
