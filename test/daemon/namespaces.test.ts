import { describe, expect, test } from 'vitest';
import { temporaryFile } from '../support/exporter.ts';
import { type Host, IS_TRUE_ROOT, UNPRIVILEGED_UID } from '../support/host.ts';
import { countConnects } from '../support/kernel-oracle.ts';
import { A, hold, logLines, onHost, untilShown } from '../support/story.ts';

/** Other network namespaces, as the exporter sees them from outside with more or less privileges. */

const SMALL_RANGE = "sysctl -qw net.ipv4.ip_local_port_range='40000 40099'";

/** Who the exporter runs as, and with what, as the kernel says. */
function privilegesOf(host: Host): { readonly uid: number; readonly capabilities: bigint } {
  const pid = host.run('pgrep', '-f', 'dist/main.js --web').trim().split('\n').at(-1) ?? '';
  const status = host.run('cat', `/proc/${pid}/status`);
  return {
    uid: Number(/Uid:\s*(\d+)/.exec(status)?.[1]),
    capabilities: BigInt(`0x${/CapEff:\s*(\w+)/.exec(status)?.[1] ?? ''}`),
  };
}

describe('privileges', () => {
  test(
    'none: sockets of another namespace, by the range that the kernel starts with',
    onHost(async ({ host, start }) => {
      const pod = await host.namespace(SMALL_RANGE);
      hold(pod, 60);
      const daemon = await start('none');
      expect(privilegesOf(host)).toEqual({ uid: UNPRIVILEGED_UID, capabilities: 0n });
      const page = await untilShown(daemon, pod.netns);
      const of = { netns: pod.netns, protocol: 'tcp' };
      expect(page.value('endpoint_held', of)).toBe(60);
      expect(page.value('endpoint_risk_level', of)).toBe(2);
      expect(page.value('range_assumed', { netns: pod.netns })).toBe(1);
      expect(page.value('range_low', { netns: pod.netns })).toBe(32_768);
      expect(page.value('capacity', of)).toBe(28_232);
      expect(page.value('range_low', { netns: 'host' })).toBe(50_000);
      expect(page.value('range_assumed', { netns: 'host' })).toBe(0);
      expect(page.value('feature_enabled', { feature: 'netns_range' })).toBe(0);
      expect(page.find('hazard', { hazard: 'netns_range_differs_from_host' })).toBeUndefined();
      expect(logLines(daemon, 'needs CAP_SYS_ADMIN')).toHaveLength(1);
    }),
  );

  for (const source of ['proc', 'netlink'] as const) {
    test(
      `full, by ${source}: the range where it applies, and what the kernel grants there`,
      onHost(async ({ host, start }) => {
        const pod = await host.namespace(
          `${SMALL_RANGE}\nsysctl -qw net.ipv4.ip_local_reserved_ports=40090-40099`,
        );
        hold(pod, 60);
        const daemon = await start('full', `--poll.source=${source}`);
        expect(privilegesOf(host).capabilities).toBe((1n << 21n) | (1n << 19n) | (1n << 2n));
        const page = await untilShown(daemon, pod.netns);
        const of = { netns: pod.netns, protocol: 'tcp' };
        expect(page.value('range_low', { netns: pod.netns })).toBe(40_000);
        expect(page.value('range_assumed', { netns: pod.netns })).toBe(0);
        expect(page.value('reserved', { netns: pod.netns })).toBe(10);
        expect(page.value('range_low', { netns: 'host' })).toBe(50_000);
        expect(page.value('feature_enabled', { feature: 'netns_range' })).toBe(1);
        expect(page.value('poll_success', { source })).toBe(1);
        const differs = { netns: pod.netns, hazard: 'netns_range_differs_from_host' };
        expect(page.value('hazard', differs)).toBe(1);
        expect(logLines(daemon, 'CAP_SYS_ADMIN')).toHaveLength(0);
        const granted = pod.inside((network) => countConnects(network, A));
        expect(page.value('endpoint_available', of)).toBe(granted);
        expect(granted).toBe(30);
      }),
    );
  }
});

describe('namespaces with a name', () => {
  test.skipIf(!IS_TRUE_ROOT)(
    'one without a process, that only its name keeps: only root can mount one',
    onHost(async ({ host, start }) => {
      host.run('ip', 'netns', 'add', 'quiet');
      host.run('ip', 'netns', 'add', 'orders');
      host.run(
        'ip',
        'netns',
        'exec',
        'orders',
        'sysctl',
        '-qw',
        'net.ipv4.ip_local_port_range=40000 40099',
        'net.ipv4.tcp_tw_reuse=0',
      );
      host.run('ip', 'netns', 'exec', 'orders', 'ip', 'link', 'set', 'lo', 'up');
      const none = await start('none');
      expect((await none.nextPoll()).value('netns', { result: 'denied' })).toBe(2);
      host.run('pkill', '-9', '-f', 'dist/main.js');
      const script = temporaryFile('fill.mjs', FILL);
      host.run('ip', 'netns', 'exec', 'orders', process.execPath, script);
      const full = await start('full');
      const page = await full.nextPoll();
      expect(page.value('netns', { result: 'denied' })).toBe(0);
      const netns = page.labelOf('netns_info', { name: 'orders' }, 'netns');
      expect(page.value('range_low', { netns })).toBe(40_000);
      expect(page.value('endpoint_sockets', { netns, state: 'time_wait' })).toBe(60);
      host.run('ip', 'netns', 'del', 'orders');
      const after = await full.nextPoll();
      expect(after.find('netns_info', { name: 'orders' })).toBeUndefined();
    }),
  );
});

/** 60 connections that end in TIME_WAIT: they stay when the process has gone. */
const FILL = `
import { connect, createServer } from 'node:net';
const server = createServer({ pauseOnConnect: false }, (socket) => socket.on('end', () => socket.end()).resume());
server.listen(80, '127.0.0.1', async () => {
  await Promise.all(Array.from({ length: 60 }, () => new Promise((done) => {
    const socket = connect(80, '127.0.0.1', () => socket.end());
    socket.on('close', done);
  })));
  server.close();
});
`;
