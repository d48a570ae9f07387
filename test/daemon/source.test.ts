import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { MAIN, ONLY_HERE, type Outcome, run, temporaryFile } from '../support/exporter.ts';
import { assertSource } from '../support/polls.ts';
import { inNetwork } from '../support/scenario.ts';
import { withoutNetlink } from '../support/seccomp.ts';

/** Which source is read, what is said of it, and what happens where netlink is not to be had. */

const DENIED = 'netlink sock_diag: cannot open a netlink socket (EAFNOSUPPORT)';
const NO_KOFFI = 'koffi: not installed or not for this platform; it is an optional package';

function linesOf(daemon: Daemon, text: string): string[] {
  return daemon.stderr.split('\n').filter((line) => line.includes(text));
}

test('auto is netlink where that works, and says so once', () =>
  inNetwork(async () => {
    const daemon = await Daemon.start('--poll.source=auto', '--log.format=json');
    await daemon.nextPoll();
    const page = await daemon.nextPoll();
    await daemon.stop();
    assertSource(page, 'netlink');
    expect(page.value('feature_enabled', { feature: 'netlink' })).toBe(1);
    expect(page.find('poll_rows', { source: 'proc' })).toBeUndefined();
    expect(linesOf(daemon, 'polling by netlink')).toHaveLength(1);
  }));

test('auto falls back to proc where netlink is denied, and says why once', () =>
  inNetwork(async () => {
    const flags = ['--poll.source=auto', '--log.format=json'];
    const daemon = await Daemon.startBy(withoutNetlink, ...flags);
    await daemon.nextPoll();
    const page = await daemon.nextPoll();
    await daemon.stop();
    assertSource(page, 'proc');
    expect(page.value('feature_enabled', { feature: 'netlink' })).toBe(0);
    expect(linesOf(daemon, `/proc is read: ${DENIED}`)).toHaveLength(1);
    expect(linesOf(daemon, 'polling by proc')).toHaveLength(1);
  }));

test('netlink that is denied is a poll that failed, and nothing else is read', () => {
  const args = ['--once', '--poll.source=netlink', ONLY_HERE];
  const command = withoutNetlink(process.execPath, MAIN, ...args);
  const [program = '', ...rest] = command;
  const { status, stderr, stdout } = spawnSync(program, rest, { encoding: 'utf8' });
  expect(stderr).toBe(`ephemeral-port-exporter: poll failed: ${DENIED}\n`);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
});

test('without koffi auto reads proc, and netlink says what is missing', () => {
  const main = withoutKoffi();
  const once = (source: string): Outcome => {
    const args = [main, '--once', '--once.format=metrics', `--poll.source=${source}`, ONLY_HERE];
    return spawnSync(process.execPath, args, { encoding: 'utf8' });
  };
  const auto = once('auto');
  expect(auto.stdout).toContain('ephemeral_ports_poll_success{source="proc"} 1');
  expect(auto.stderr).toBe(
    `ephemeral-port-exporter: netlink does not work here, /proc is read: ${NO_KOFFI}\n`,
  );
  expect(once('netlink').stderr).toBe(`ephemeral-port-exporter: poll failed: ${NO_KOFFI}\n`);
});

test('a reload changes the source', () =>
  inNetwork(async () => {
    const config = temporaryFile(
      'source.yaml',
      'poll: { source: proc }\nnamespaces: { discover: off }\n',
    );
    const daemon = await Daemon.start(`--config.file=${config}`);
    assertSource(await daemon.nextPoll(), 'proc');
    writeFileSync(config, 'poll: { source: netlink }\nnamespaces: { discover: off }\n');
    await daemon.until('netlink answers', async () => {
      return (await daemon.metrics()).find('poll_success', { source: 'netlink' }) === 1;
    });
    const page = await daemon.metrics();
    assertSource(page, 'netlink');
    expect(page.find('poll_rows', { source: 'proc' })).toBeUndefined();
    await daemon.stop();
  }));

test('proc needs no netlink', () => {
  expect(run('--once', '--once.format=metrics').stdout).toContain('poll_success{source="proc"} 1');
});

/** The built program with all its packages but koffi. */
function withoutKoffi(): string {
  const dist = dirname(MAIN);
  const copy = mkdtempSync(join(tmpdir(), 'epe-no-koffi-'));
  cpSync(dist, join(copy, 'dist'), { recursive: true });
  cpSync(join(dist, '../package.json'), join(copy, 'package.json'));
  const packages = join(dist, '../node_modules');
  const folder = mkdtempSync(join(copy, 'packages-'));
  for (const name of readdirSync(packages)) {
    if (name !== 'koffi') symlinkSync(join(packages, name), join(folder, name));
  }
  symlinkSync(folder, join(copy, 'node_modules'));
  return join(copy, 'dist/main.js');
}
