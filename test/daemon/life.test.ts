import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { MAIN, ONLY_HERE, run } from '../support/exporter.ts';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { pollOnce } from '../support/polls.ts';
import { rowText, table, writeProcfs } from '../support/procfs.ts';
import { inNetwork } from '../support/scenario.ts';
import { withProcfs } from '../support/with-procfs.ts';

describe('signals', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} ends it with 0`, () =>
      inNetwork(async () => {
        const daemon = await Daemon.start();
        await daemon.nextPoll();
        const before = Date.now();
        expect(await daemon.stop(signal)).toBe(0);
        expect(Date.now() - before).toBeLessThan(5000);
      }));
  }
});

test('a sysctl shows at the next poll', () =>
  inNetwork(async (network: Network) => {
    const daemon = await Daemon.start();
    expect((await daemon.nextPoll()).value('range_size')).toBe(100);
    network.sysctl({
      'ipv4.ip_local_port_range': '41000 41009',
      'ipv4.ip_local_reserved_ports': '41000',
      'ipv4.tcp_tw_reuse': 1,
    });
    const page = await daemon.nextPoll();
    expect(page.value('range_low')).toBe(41_000);
    expect(page.value('range_size')).toBe(10);
    expect(page.value('reserved')).toBe(1);
    expect(page.value('tcp_tw_reuse')).toBe(1);
    await daemon.stop('SIGKILL');
  }));

describe('a poll that fails', () => {
  withProcfs('keeps the last good state, says why once, and recovers', async (daemon, procfs) => {
    const path = join(procfs, 'net/tcp');
    const good = readFileSync(path);
    renameSync(path, `${path}.gone`);
    await daemon.until(
      'a poll fails',
      async () => (await daemon.metrics()).find('poll_success') === 0,
    );
    expect((await daemon.metrics()).value('range_size')).toBe(28_232);
    expect((await daemon.get('/-/ready')).status).toBe(200);
    writeFileSync(path, good);
    const page = await daemon.nextPoll();
    expect(page.value('poll_success')).toBe(1);
    const failures = daemon.stderr.split('\n').filter((line) => line.includes('poll failed'));
    expect(failures).toHaveLength(1);
    expect(failures[0]).toContain('net/tcp: not found; --path.procfs must name a mounted procfs');
  });

  withProcfs('counts damaged rows and goes on', async (daemon, procfs) => {
    const row = rowText(0, {
      local: '0100007F',
      localPort: 40_000,
      remote: '0100007F',
      remotePort: 80,
      state: 1,
    });
    writeFileSync(join(procfs, 'net/tcp'), table(row, 'damaged'));
    await daemon.nextPoll();
    const page = await daemon.nextPoll();
    expect(page.value('parse_errors_total', { source: 'proc' })).toBeGreaterThan(0);
    expect(page.value('endpoint_held', { remote_port: '80' })).toBe(1);
  });
});

describe('a poll that hangs', () => {
  withProcfs('leaves out the turns it missed, and counts them', async (daemon, procfs) => {
    const path = join(procfs, 'net/tcp');
    const good = readFileSync(path);
    rmSync(path);
    execFileSync('mkfifo', [path]);
    await new Promise((resolve) => setTimeout(resolve, 4500));
    writeFileSync(path, good);
    rmSync(path);
    writeFileSync(path, good);
    await daemon.nextPoll();
    const page = await daemon.nextPoll();
    const skipped = page.value('polls_skipped_total', { reason: 'overrun' });
    expect(skipped).toBeGreaterThanOrEqual(3);
    expect(skipped).toBeLessThanOrEqual(6);
  });
});

describe('the first minute', () => {
  withProcfs('before the first poll there are self metrics only', async (_daemon, procfs) => {
    rmSync(join(procfs, 'net/tcp'));
    execFileSync('mkfifo', [join(procfs, 'net/tcp')]);
    const second = await Daemon.startOn(9070, `--path.procfs=${procfs}`);
    const page = await second.metrics();
    expect(page.find('range_size')).toBeUndefined();
    expect(page.find('poll_last_success_timestamp_seconds')).toBeUndefined();
    expect(page.find('poll_success')).toBeUndefined();
    expect(page.value('polls_skipped_total', { reason: 'overrun' })).toBe(0);
    expect((await second.get('/-/ready')).status).toBe(503);
    await second.stop('SIGKILL');
  });
});

test('--once on a sick host says in its table what fires and what to do', () =>
  inNetwork(async (network) => {
    network.listen('127.0.0.1', 80);
    for (let open = 0; open < 95; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
    const { status, stdout } = run('--once', '--once.format=table', ONLY_HERE);
    expect(status).toBe(0);
    const lines = stdout.split('\n').filter((line) => line.startsWith('!'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^! critical EphemeralPortsExhaustion: netns \d+ \((?:node|MainThread)\): 127\.0\.0\.1 → 127\.0\.0\.1:80: 95% of 100 ports used, 5 left\.(?: Held by .+ ports?\)(?:; the search for owners was not finished)?\.)? Cause narrow_range: 95 connections are open at once; the range has 100 ports\. Somebody has set a narrow range: change it where it was set, or it comes back\. Widen the range to 10240-60999 \(\+50660 ports\)/,
    );
    const page = await pollOnce();
    const labels = { alert: 'EphemeralPortsExhaustion', severity: 'critical', remote_port: '80' };
    expect(page.value('alert', labels)).toBe(1);
    expect(page.find('endpoint_usage_ratio_peak', { remote_port: '80' })).toBeUndefined();
    expect(page.find('endpoint_time_to_exhaustion_seconds', { remote_port: '80' })).toBeUndefined();
  }));

describe('the command line', () => {
  test('--version and --help', () => {
    expect(run('--version').stdout).toMatch(/^ephemeral-port-exporter \d+\.\d+\.\d+\n$/);
    expect(run('--help').stdout).toContain('--web.listen-address=ADDRESS');
  });

  test('an unknown flag ends it with 1 and names the nearest', () => {
    const { status, stderr } = run('--onse');
    expect(status).toBe(1);
    expect(stderr).toBe('ephemeral-port-exporter: unknown flag "--onse"; did you mean "--once"?\n');
  });

  test('--config.check', () => {
    const procfs = writeProcfs({
      'good.yaml': 'poll: { interval: 2s }\n',
      'bad.yaml': '\npol: {}\n',
    });
    const good = run('--config.check', `--config.file=${procfs}/good.yaml`);
    expect([good.status, good.stdout]).toEqual([0, `${procfs}/good.yaml: good\n`]);
    const bad = run('--config.check', `--config.file=${procfs}/bad.yaml`);
    expect(bad.status).toBe(1);
    expect(bad.stderr).toContain(`${procfs}/bad.yaml:2: unknown key "pol"; did you mean "poll"?`);
    expect(run('--config.check').stderr).toContain('--config.check: needs --config.file');
  });

  test('--once with a procfs that is none fails with 1 and names the file', () => {
    const { status, stdout, stderr } = run('--once', '--path.procfs=/nowhere');
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toContain(
      '/nowhere/net/tcp: not found; --path.procfs must name a mounted procfs',
    );
  });
});

describe('standard output and error that cannot be written', () => {
  test('a reader that has gone is no error', () => {
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', `"$0" "$1" --once | true; exit $PIPESTATUS`, process.execPath, MAIN],
      { encoding: 'utf8' },
    );
    expect([status, stderr]).toEqual([0, '']);
  });

  test('a full disk is one line', () => {
    const { status, stderr } = spawnSync(
      'bash',
      ['-c', '"$0" "$1" --once > /dev/full', process.execPath, MAIN],
      { encoding: 'utf8' },
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/^ephemeral-port-exporter: standard output: .*ENOSPC.*\n$/);
  });

  for (const format of ['json', 'pretty']) {
    test(`a ${format} log on a full disk is lost, and nothing else`, () =>
      inNetwork(async () => {
        const daemon = await Daemon.start(`--log.format=${format}`, '--stderr=/dev/full');
        await daemon.nextPoll();
        expect((await daemon.get('/-/ready')).status).toBe(200);
        expect(await daemon.stop('SIGTERM')).toBe(0);
      }));
  }
});

test('thousands of reserved ports are all read', () =>
  inNetwork(async (network) => {
    const ports = Array.from({ length: 14_000 }, (_, index) => 32_768 + 2 * index);
    network.range(32_768, 60_999);
    network.sysctl({ 'ipv4.ip_local_reserved_ports': ports.join(',') });
    expect((await pollOnce()).value('reserved')).toBe(14_000);
  }));

test('a second address that cannot be had ends the process', () =>
  inNetwork(() => {
    const { status, stderr } = run(
      '--web.listen-address=127.0.0.1:9301',
      '--web.listen-address=192.0.2.1:9301',
    );
    expect(status).toBe(1);
    expect(stderr).toContain('--web.listen-address=192.0.2.1:9301');
  }));
