import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { NO_BPF } from '../support/bpf.ts';
import { Daemon, stopDaemons } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { IS_TRUE_ROOT, TIERS } from '../support/host.ts';
import { withDefect } from '../support/planted.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';

afterEach(stopDaemons);

/** A client with ten ports: it counts its own refused connects, and prints how many. */
const CLIENT = `
  const net = require('node:net');
  let refused = 0;
  const server = net.createServer(() => {}).listen(80, '127.0.0.1', () => {
    for (let calls = 0; calls < 60; calls += 1)
      net.connect(80, '127.0.0.1').on('error', ({ code }) => { refused += Number(code === 'EADDRNOTAVAIL'); });
    setTimeout(() => { process.stdout.write(refused + '\\n'); }, 500);
  });`;

function failures(page: Exposition): number | undefined {
  return page.find('failures_total', { call: 'connect' });
}

test.skipIf(NO_BPF !== undefined || !IS_TRUE_ROOT)(
  'tier bpf, without root, reads its own namespace by BPF and counts each refused connect there',
  () =>
    inNetwork(async (network) => {
      network.range(LOW, LOW + 9);
      const daemon = await Daemon.startBy((...command) => [...TIERS.bpf, ...command]);
      const page = await daemon.nextPoll();
      expect(page.value('poll_success', { source: 'bpf' })).toBe(1);
      expect(page.value('feature_enabled', { feature: 'netns_range' })).toBe(0);
      const client = spawn(process.execPath, ['-e', CLIENT]);
      try {
        const [printed] = (await once(client.stdout, 'data')) as [Buffer];
        const refused = Number(printed);
        expect(refused).toBeGreaterThan(40);
        await daemon.until('it is counted', async () => {
          return failures(await daemon.metrics()) === refused;
        });
      } finally {
        client.kill();
      }
    }),
);

test.skipIf(NO_BPF !== undefined)('the counts go on when the thread that samples has died', () =>
  inNetwork(async (network) => {
    network.range(LOW, LOW + 9);
    network.listen('127.0.0.1', 80);
    const mark = temporaryFile('die', '');
    rmSync(mark);
    const dies = withDefect(`
      const { existsSync, rmSync } = require('node:fs');
      if (isSampler) setInterval(() => {
        if (!existsSync('${mark}')) return;
        rmSync('${mark}');
        throw new Error('planted');
      }, 50);`);
    const daemon = await Daemon.startBy(dies);
    // The first poll begins to count.
    await daemon.nextPoll();
    for (let open = 0; open < 10; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
    for (let calls = 0; calls < 5; calls += 1)
      expect(() => network.connect({ to: '127.0.0.1', port: 80 })).toThrow('EADDRNOTAVAIL');
    expect(failures(await daemon.nextPoll())).toBe(5);
    writeFileSync(mark, '');
    await daemon.until('it died', () =>
      Promise.resolve(daemon.stderr.includes('the sampler died and was started again')),
    );
    for (let calls = 0; calls < 3; calls += 1)
      expect(() => network.connect({ to: '127.0.0.1', port: 80 })).toThrow('EADDRNOTAVAIL');
    await daemon.until('it polls again', async () => failures(await daemon.metrics()) === 8);
  }),
);

test('failures: off counts nothing, and its series are absent', () =>
  inNetwork(async () => {
    const config = temporaryFile(
      'failures-off.yaml',
      'failures: off\nendpoints: { min_ratio: 0 }\n',
    );
    const daemon = await Daemon.start(`--config.file=${config}`);
    const page = await daemon.nextPoll();
    expect(failures(page)).toBeUndefined();
    expect(page.value('feature_enabled', { feature: 'connect_failures' })).toBe(0);
    expect(page.find('part_success', { part: 'failures' })).toBeUndefined();
  }));
