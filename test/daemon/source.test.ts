import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { Daemon } from '../support/daemon.ts';
import { MAIN, ONLY_HERE, type Outcome, run, temporaryFile } from '../support/exporter.ts';
import { assertSource, BEST } from '../support/polls.ts';
import { writeProcfs } from '../support/procfs.ts';
import { inNetwork } from '../support/scenario.ts';
import { logLines } from '../support/story.ts';
import { withoutNetlink } from '../support/seccomp.ts';

/** Which source is read, what is said of it, and what happens where netlink is not to be had. */

const DENIED = 'netlink sock_diag: cannot open a netlink socket (EAFNOSUPPORT)';
const BLIND =
  '/proc does not show sockets that are bound and idle, source ports that programs name themselves, and connections ' +
  'without TCP timestamps; where there are such, fewer ports are left than it seems.';
const NO_KOFFI = 'koffi: not installed or not for this platform; it is an optional package';
const FALLBACK = 'ephemeral-port-exporter: netlink does not work here, /proc is read: ';

test('the default is the best source that works, and says so once', () =>
  inNetwork(async () => {
    const daemon = await Daemon.start('--log.format=json');
    await daemon.nextPoll();
    const page = await daemon.nextPoll();
    await daemon.stop();
    assertSource(page, BEST);
    expect(page.value('feature_enabled', { feature: 'netlink' })).toBe(1);
    expect(page.find('poll_rows', { source: 'proc' })).toBeUndefined();
    expect(logLines(daemon, `polling by ${BEST}`)).toHaveLength(1);
    expect(logLines(daemon, '/proc')).toEqual([]);
  }));

test('auto falls back to proc where netlink is denied, and says why once', () =>
  inNetwork(async () => {
    const daemon = await Daemon.startBy(withoutNetlink, '--log.format=json');
    await daemon.nextPoll();
    const page = await daemon.nextPoll();
    await daemon.stop();
    assertSource(page, 'proc');
    expect(page.value('feature_enabled', { feature: 'netlink' })).toBe(0);
    expect(logLines(daemon, `/proc is read: ${DENIED}. ${BLIND}`)).toHaveLength(1);
    expect(logLines(daemon, 'polling by proc')).toHaveLength(1);
  }));

test('netlink that is denied is a poll that failed, and nothing else is read', () => {
  const args = ['--once', '--poll.source=netlink', ONLY_HERE];
  const command = withoutNetlink(process.execPath, MAIN, ...args);
  const [program = '', ...rest] = command;
  const { status, stderr, stdout } = spawnSync(program, rest, { encoding: 'utf8' });
  expect(stderr).toBe(`ephemeral-port-exporter: poll failed: ${DENIED}\n`);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
});

test('without koffi auto reads proc, which is said in one line, and netlink says what is missing', () => {
  const main = copyWithout('koffi');
  const metrics = pollWith(main);
  expect(metrics.stdout).toContain('ephemeral_ports_poll_success{source="proc"} 1');
  const line = `netlink does not work here, /proc is read: ${NO_KOFFI}. ${BLIND}\n`;
  expect(metrics.stderr).toBe(`ephemeral-port-exporter: ${line}`);
  const table = pollWith(main, '--once.format=table');
  expect(table.stdout).toContain(`\n? ${line}`);
  expect({ status: table.status, stderr: table.stderr }).toEqual({ status: 0, stderr: '' });
  expect(pollWith(main, '--poll.source=netlink').stderr).toBe(
    `ephemeral-port-exporter: poll failed: ${NO_KOFFI}\n`,
  );
});

test('a table that was read from /proc alone says what is not seen, and one by netlink does not', () =>
  inNetwork(() => {
    const table = (source: string): Outcome =>
      run('--once', '--once.format=table', `--poll.source=${source}`, ONLY_HERE);
    const [proc, netlink] = [table('proc'), table('netlink')];
    expect(proc.stdout).toContain(`\n? Sockets are read from /proc. ${BLIND}\n`);
    expect(netlink.stdout).not.toContain('/proc');
    expect([proc.stderr, netlink.stderr]).toEqual(['', '']);
  }));
describe('koffi that is installed and does not work', () => {
  test.each([
    ['it throws while it is loaded', `throw new Error('GLIBC_9.9 not found\\nmore');`],
    ['what it loads throws', `exports.load = () => { throw new Error('GLIBC_9.9 not found'); };`],
  ])('%s: proc goes on, auto and netlink say the reason', (_title, code) => {
    const main = copyWithout('koffi', code);
    const once = (source: string): Outcome => pollWith(main, `--poll.source=${source}`);
    const reason = 'koffi: installed, but does not work here (GLIBC_9.9 not found)';
    const proc = once('proc');
    expect(proc.status).toBe(0);
    expect(proc.stderr).not.toContain('koffi');
    expect(proc.stdout).toContain('ephemeral_ports_poll_success{source="proc"} 1');
    expect(once('auto').stderr).toBe(`${FALLBACK}${reason}. ${BLIND}\n`);
    expect(once('netlink')).toMatchObject({
      status: 1,
      stderr: `ephemeral-port-exporter: poll failed: ${reason}\n`,
    });
  });

  test('a daemon too: it polls, reloads and ends', () =>
    inNetwork(async () => {
      const main = copyWithout('koffi', `throw new Error('GLIBC_9.9 not found');`);
      const daemon = await Daemon.startBy(
        (node, _main, ...args) => [node, main, ...args],
        '--poll.source=proc',
      );
      assertSource(await daemon.nextPoll(), 'proc');
      expect(await daemon.stop()).toBe(0);
      expect(daemon.stderr).not.toContain('died');
    }));
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

test('proc needs no netlink, and the log says once what it does not see', () =>
  inNetwork(async () => {
    const flags = ['--poll.source=proc', '--log.format=json'];
    const daemon = await Daemon.startBy(withoutNetlink, ...flags);
    await daemon.nextPoll();
    assertSource(await daemon.nextPoll(), 'proc');
    await daemon.stop();
    const lines = logLines(daemon, '/proc');
    expect(lines.map((line) => (JSON.parse(line) as { readonly msg: string }).msg)).toEqual([
      `Sockets are read from /proc. ${BLIND}`,
    ]);
  }));

test('a saved procfs is read, whatever the source: netlink would show the sockets of this host', () =>
  inNetwork((network) => {
    network.listen('127.0.0.1', 80);
    for (let open = 0; open < 60; open += 1) network.connect({ to: '127.0.0.1', port: 80 });
    const procfs = `--path.procfs=${writeProcfs()}`;
    for (const source of ['auto', 'netlink']) {
      const flags = [procfs, `--poll.source=${source}`, ONLY_HERE];
      const { stdout, stderr } = run('--once', '--once.format=metrics', ...flags);
      const page = new Exposition(stdout);
      assertSource(page, 'proc');
      expect(page.value('endpoints', { protocol: 'tcp' })).toBe(0);
      expect(stderr).toBe('');
    }
  }));

test("this machine's procfs by another name is no saved one", () =>
  inNetwork(() => {
    const args = ['--once', '--once.format=metrics', '--path.procfs=/proc/self/root/proc'];
    assertSource(new Exposition(run(...args, ONLY_HERE).stdout), BEST);
  }));

/** One poll by the program at `main`. */
function pollWith(main: string, ...flags: readonly string[]): Outcome {
  const args = [main, '--once', '--once.format=metrics', ...flags, ONLY_HERE];
  return spawnSync(process.execPath, args, { encoding: 'utf8' });
}

/** The built program with all its packages but `left`; with `code` in its place, where there is some. */
function copyWithout(left: string, code?: string): string {
  const dist = dirname(MAIN);
  const copy = mkdtempSync(join(tmpdir(), 'epe-no-koffi-'));
  cpSync(dist, join(copy, 'dist'), { recursive: true });
  cpSync(join(dist, '../package.json'), join(copy, 'package.json'));
  const packages = join(dist, '../node_modules');
  const folder = mkdtempSync(join(copy, 'packages-'));
  for (const name of readdirSync(packages)) {
    if (name !== left) symlinkSync(join(packages, name), join(folder, name));
  }
  if (code !== undefined) {
    mkdirSync(join(folder, left));
    writeFileSync(join(folder, left, 'package.json'), '{ "main": "index.cjs" }');
    writeFileSync(join(folder, left, 'index.cjs'), code);
  }
  symlinkSync(folder, join(copy, 'node_modules'));
  return join(copy, 'dist/main.js');
}
