import { describe, expect, test } from 'vitest';
import type { Network, Target } from '../../../deploy/demo/lab/network.ts';
import { ONLY_HERE, type Outcome, run } from '../../support/exporter.ts';
import { countConnects } from '../../support/kernel-oracle.ts';
import { inNetwork, LOW } from '../../support/scenario.ts';

const DATABASE: Target = { to: '127.0.0.1', port: 5432 };

/** Holds `count` connections, and has a service that sends nobody away. */
function hold(network: Network, count: number): void {
  network.connections(count, DATABASE, network.listen(DATABASE.to, DATABASE.port));
}

function explain(...args: readonly string[]): Outcome {
  return run('explain', ...args, ONLY_HERE);
}

describe('explain ADDRESS:PORT', () => {
  test('says how many connects are left, and that they are the reason for nothing', () =>
    inNetwork((network) => {
      hold(network, 30);
      const { status, stdout, stderr } = explain('127.0.0.1:5432');
      expect(stderr).toBe('');
      expect(status).toBe(0);
      expect(stdout).toContain('connect() would be given a port, 70 are left');
      expect(stdout).toContain('is not for lack of ports');
      expect(stdout).toMatch(/^= available +70$/m);
      expect(stdout).toMatch(/^Held by node \(30 ports\)\.$/m);
    }));

  test('no all-clear where an alert would fire: connect() fails when others take what is left; 1', () =>
    inNetwork((network) => {
      hold(network, 76);
      const { status, stdout } = explain('127.0.0.1:5432');
      expect(status).toBe(1);
      expect(stdout).toContain(
        '\n24 of 100 ports are left now; connect() fails with EADDRNOTAVAIL',
      );
      expect(stdout).toContain('whenever others have taken them.');
      expect(stdout).not.toContain('is not for lack of ports');
      expect(JSON.parse(explain('127.0.0.1:5432', '--json').stdout)).toMatchObject({
        endpoints: [{ outcome: 'nearly', slow: true, calculation: { available: 24 } }],
      });
      expect(countConnects(network, DATABASE)).toBe(24);
    }));

  test('says that connect() is slow where its first pass is taken, and not before', () =>
    inNetwork((network) => {
      const listener = network.listen(DATABASE.to, DATABASE.port);
      network.connections(30, DATABASE, listener);
      expect(explain('127.0.0.1:5432').stdout).not.toContain('is slow here');
      network.connections(25, DATABASE, listener);
      const { status, stdout } = explain('127.0.0.1:5432');
      expect(status).toBe(0);
      expect(stdout).toContain(
        'connect() is slow here: 100% of the ports that it tries first are taken',
      );
    }));

  test('says what a program that binds first takes from every other destination', () =>
    inNetwork((network) => {
      hold(network, 10);
      expect(explain('127.0.0.1:5432').stdout).not.toContain('every other destination');
      for (let bound = 0; bound < 20; bound += 1) {
        network.connectBound(DATABASE, '127.0.0.1', 0);
      }
      expect(explain('127.0.0.1:5432').stdout).toContain(
        '\nIt takes 20 ports from every other destination of its network namespace: a bind() owns them',
      );
      const other = network.listen('127.0.0.1', 5433);
      expect(countConnects(network, { to: '127.0.0.1', port: 5433 })).toBe(80);
      network.close(other);
    }));

  test('says that 1 is left, not that 1 are', () =>
    inNetwork((network) => {
      network.range(LOW, LOW);
      expect(explain('127.0.0.1:5432').stdout).toContain('given a port, 1 is left:');
    }));

  test('says that none is left, why, and what to do', () =>
    inNetwork((network) => {
      hold(network, 100);
      const { status, stdout } = explain('127.0.0.1 → 127.0.0.1:5432');
      expect(status).toBe(1);
      expect(stdout).toContain('no port is left');
      expect(stdout).toContain('Cause narrow_range');
      expect(stdout).toMatch(/^ +sysctl -w net\.ipv4\.ip_local_port_range="10240 60999"$/m);
    }));

  test('says what a load test may do, where nobody talks to the destination', () =>
    inNetwork((network) => {
      network.range(LOW, LOW + 119);
      network.listen(DATABASE.to, DATABASE.port);
      const { stdout } = explain('127.0.0.1:5432');
      expect(stdout).toContain('may have 120 connections at once; connect() is slow beyond 60');
      expect(countConnects(network, DATABASE)).toBe(120);
    }));

  test('says what other settings would give, and the kernel gives it', () =>
    inNetwork((network) => {
      hold(network, 30);
      const { stdout } = explain(
        '127.0.0.1:5432',
        '--what-if',
        `range=${LOW}-${LOW + 149}`,
        `reserved=${LOW + 100}-${LOW + 109}`,
      );
      const [, left] = /: (\d+) available instead of 70/.exec(stdout) ?? [];
      network.range(LOW, LOW + 149);
      network.sysctl({ 'ipv4.ip_local_reserved_ports': `${LOW + 100}-${LOW + 109}` });
      expect(countConnects(network, DATABASE)).toBe(Number(left));
    }));

  test('IPv6 that is off is not called ports', () =>
    inNetwork((network) => {
      network.sysctl({ 'ipv6.conf.all.disable_ipv6': 1 });
      const { status, stdout } = explain('[fd00::9]:443');
      expect(status).toBe(1);
      expect(stdout).toContain('IPv6 is off here (net.ipv6.conf.all.disable_ipv6)');
      expect(stdout).toContain('ports are not the reason');
      expect(() => network.connect({ to: 'fd00::9', port: 443 })).toThrow(
        /EADDRNOTAVAIL|ENETUNREACH/,
      );
    }));

  test('neither is an address that no interface has', () =>
    inNetwork((network) => {
      network.addAddress('10.1.2.3');
      expect(explain('10.1.2.3 → 10.1.2.4:80').status).toBe(0);
      expect(explain('[::1] → [fd00::9]:80').stdout).not.toContain('no interface');
      const { status, stdout } = explain('192.0.2.9 → 10.1.2.4:80');
      expect(status).toBe(1);
      expect(stdout).toContain('no interface has the address 192.0.2.9');
      expect(() => network.connectBound({ to: '10.1.2.4', port: 80 }, '192.0.2.9', 0)).toThrow(
        'EADDRNOTAVAIL',
      );
    }));

  test('says of other settings what they then allow', () =>
    inNetwork((network) => {
      hold(network, 30);
      const ask = (...args: readonly string[]): { readonly limits: unknown; what_if?: unknown } =>
        (
          JSON.parse(explain('127.0.0.1:5432', '--json', ...args).stdout) as {
            readonly endpoints: readonly [{ readonly limits: unknown; what_if?: unknown }];
          }
        ).endpoints[0];
      const { what_if: whatIf } = ask('--what-if=range=40000-40199');
      const { stdout } = explain('127.0.0.1:5432', '--what-if=range=40000-40199');
      network.range(40_000, 40_199);
      const { limits } = ask();
      expect(whatIf).toMatchObject({ available: 170, limits });
      expect(limits).toMatchObject({ at_once: 200, quick: 100, per_second: 200 });
      expect(stdout).toContain(
        'connect() is slow beyond 100 connections instead of 50; 200 new ones a second that it closes itself can go on for ever, instead of 100.',
      );
    }));

  test('is JSON for programs', () =>
    inNetwork((network) => {
      hold(network, 30);
      const { status, stdout } = explain('127.0.0.1:5432', '--json', '--what-if=tw_reuse=1');
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        schema: 1,
        endpoints: [
          {
            netns: expect.any(String) as unknown,
            local_address: '127.0.0.1',
            remote_address: '127.0.0.1',
            remote_port: 5432,
            outcome: 'granted',
            calculation: { range: 100, reserved: 0, blocked: 0, held: 30, available: 70 },
            what_if: { available: 70 },
            diagnosis: null,
          },
        ],
      });
    }));

  test.each([
    [['nonsense'], 'expected [FROM → ]ADDRESS:PORT'],
    [['127.0.0.1:80', '127.0.0.1:81'], 'unexpected argument "127.0.0.1:81"'],
    [['127.0.0.1:80', '--what-if=range=9-1'], '--what-if: expected range=LOW-HIGH'],
    [['127.0.0.1:80', '--netns=nowhere'], '--netns=nowhere: no such network namespace'],
  ])('%j is refused', (args, expected) => {
    const { status, stdout, stderr } = explain(...args);
    expect(stderr).toContain(expected);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
});
