import { afterEach, expect, test } from 'vitest';
import { NO_BPF } from '../support/bpf.ts';
import { programsOf, stillLoaded } from '../support/bpf-programs.ts';
import { Daemon, stopDaemons } from '../support/daemon.ts';
import { run } from '../support/exporter.ts';
import { assertSource } from '../support/polls.ts';
import { inNetwork } from '../support/scenario.ts';

afterEach(stopDaemons);

test.skipIf(NO_BPF !== undefined)('SIGKILL leaves nothing of it in the kernel', () =>
  inNetwork(async () => {
    const daemon = await Daemon.start('--poll.source=bpf');
    assertSource(await daemon.nextPoll(), 'bpf');
    const loaded = programsOf(daemon.process.pid ?? 0);
    expect(stillLoaded(loaded)).toHaveLength(2);
    await daemon.stop('SIGKILL');
    await expect.poll(() => stillLoaded(loaded), { timeout: 10_000 }).toEqual([]);
  }),
);

test.skipIf(NO_BPF !== undefined)('auto takes it where it may, and SIGTERM unloads it', () =>
  inNetwork(async () => {
    const daemon = await Daemon.start('--poll.source=auto');
    assertSource(await daemon.nextPoll(), 'bpf');
    const loaded = programsOf(daemon.process.pid ?? 0);
    await daemon.stop('SIGTERM');
    await expect.poll(() => stillLoaded(loaded), { timeout: 10_000 }).toEqual([]);
  }),
);

test('who asks for BPF where it is not to be had is told, once; netlink is read', () =>
  inNetwork(async () => {
    const drop = [
      'setpriv',
      '--bounding-set=-all',
      '--inh-caps=-all',
      '--reuid=65534',
      '--clear-groups',
    ];
    const daemon = await Daemon.startBy(
      (...command) => [...drop, '--', ...command],
      '--poll.source=bpf',
    );
    assertSource(await daemon.nextPoll(), 'netlink');
    await daemon.nextPoll();
    const told = daemon.stderr
      .split('\n')
      .filter((line) => line.includes('BPF programs do not work'));
    expect(told.length, daemon.stderr).toBe(1);
    expect(told[0]).toMatch(/CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN|without clang|libbpf/);
  }));

test('an unknown source names those that there are', () => {
  expect(run('--poll.source=ebpf').stderr).toContain('auto, bpf, netlink, proc');
});
