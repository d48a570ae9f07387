import { expect, test } from 'vitest';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { TIERS } from './container.ts';
import { runImage, tryPodman, imageFor } from './podman.ts';

/** The image for arm64, emulated. */

test('says its version', () => {
  const { status, stdout } = runImage(TIERS.none, ['--version'], 'arm64');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^ephemeral-port-exporter \d+\.\d+\.\d+\n$/);
});

test('polls by /proc where netlink is not to be had: the emulator has none of sock_diag', () => {
  const { status, stdout, stderr } = runImage(TIERS.none, ['--once'], 'arm64');
  expect(status).toBe(0);
  expect(stderr).toContain('netlink does not work here, /proc is read: netlink sock_diag: ');
  expect(new Exposition(stdout).value('poll_success', { source: 'proc' })).toBe(1);
});

test('loads koffi, and calls the C library through it', () => {
  const call = `console.log(process.arch, require('koffi').load(null).func('int getpid()')() === process.pid)`;
  const how = ['run', '--rm', '--pull=never', '--arch=arm64', '--network=none', '--workdir=/app'];
  const entry = ['--entrypoint=/usr/local/bin/node', imageFor('arm64'), '-e', call];
  const { stdout, stderr } = tryPodman(...how, ...entry);
  expect([stdout, stderr]).toEqual(['arm64 true\n', '']);
});
