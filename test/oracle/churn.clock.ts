import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { inNetwork, LOW } from '../support/scenario.ts';

/** Short connections at an uneven rate, half of the range and more in TIME_WAIT, for over a minute. */
const SECONDS = 75;

test(
  'churn above half the range is never taken for bind() before connect()',
  { timeout: 120_000 },
  () =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': 0 });
      network.range(LOW, LOW + 999);
      const target = { to: '127.0.0.1', port: 80 };
      const listener = network.listen(target.to, target.port);
      const daemon = await Daemon.start();
      const blocked: number[] = [];
      let secondPass = 0;
      for (let second = 0; second < SECONDS; second += 1) {
        const count = second % 3 === 0 ? 22 : 7;
        const connections = network.connections(count, target, listener);
        for (const { client } of connections) network.close(client);
        for (const { server } of connections) network.close(server);
        await sleep(1000);
        const page = await daemon.metrics();
        blocked.push(page.find('blocked', { protocol: 'tcp' }) ?? 0);
        const held = page.find('endpoint_held', { remote_port: '80' }) ?? 0;
        secondPass = Math.max(secondPass, held - 500);
      }
      await daemon.stop('SIGKILL');
      expect(secondPass).toBeGreaterThan(50);
      expect(Math.max(...blocked)).toBe(0);
    }),
);
