import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Network } from '../../../deploy/demo/lab/network.ts';
import { MAIN } from '../../support/exporter.ts';
import { Host } from '../../support/host.ts';
import { HIGH, inNetwork, LOW } from '../../support/scenario.ts';

/** Holds all ports towards a service. */
function exhaust(network: Network): void {
  network.range(LOW, HIGH);
  network.connections(100, SERVICE, network.listen(SERVICE.to, SERVICE.port));
}

const SERVICE = { to: '127.0.0.1', port: 80 };

const WIDE = '10240\t60999\n';

let host: Host | undefined;

beforeEach(async () => {
  await inNetwork(async () => {
    host = await Host.start();
  });
});

afterEach(async () => {
  await host?.stop();
});

/** What a shell on the host prints, whatever the status is. */
function shell(line: string): string {
  return host?.run('sh', '-c', `${line} || true`) ?? '';
}

function explain(...args: readonly string[]): string {
  return shell(`"${process.execPath}" "${MAIN}" explain ${args.join(' ')} --no-daemon`);
}

describe('explain of another network namespace', () => {
  test('one with a name: its line runs on the host as it stands, and the name is known inside too', async () => {
    shell('mkdir -p /run/netns; ip netns add blue');
    const resident = await host?.firstIn('blue');
    resident?.inside(exhaust);
    const answer = explain('127.0.0.1:80', '--netns=blue');
    const [line = ''] = /ip netns exec blue sysctl -w \S+="10240 60999"$/m.exec(answer) ?? [];
    shell(line);
    expect(shell('ip netns exec blue cat /proc/sys/net/ipv4/ip_local_port_range')).toBe(WIDE);
    expect(answer).not.toContain('/etc/sysctl.d');
    const inside = shell(
      `ip netns exec blue "${process.execPath}" "${MAIN}" explain 127.0.0.1:80 --netns=blue --no-daemon`,
    );
    expect(inside).toMatch(/in network namespace netns \d+ \(blue\)$/m);
  });

  test('one without: the same by a process of it; a service port that is to be reserved too', async () => {
    const resident = await host?.namespace();
    if (resident === undefined) throw new Error('no namespace');
    resident.inside(exhaust);
    const answer = explain('127.0.0.1:80', `--netns=${resident.netns}`);
    const [line = ''] = /nsenter -t \d+ -n sysctl -w \S+="10240 60999"$/m.exec(answer) ?? [];
    shell(line);
    expect(shell(line.replace(/sysctl.*/, 'cat /proc/sys/net/ipv4/ip_local_port_range'))).toBe(
      WIDE,
    );
    expect(explain('127.0.0.1:80', `--netns=${resident.netns}`)).toContain('range 10240-60999');
    expect(explain(`:${LOW}`, `--netns=${resident.netns}`)).toMatch(
      new RegExp(`nsenter -t \\d+ -n sysctl -w net\\.ipv4\\.ip_local_reserved_ports=${LOW} keeps`),
    );
  });

  test('one without any socket, from the host and from inside', async () => {
    shell('mkdir -p /run/netns; ip netns add blue');
    const resident = await host?.firstIn('blue');
    resident?.inside((network) => {
      network.range(41_000, 41_099);
    });
    const inside = `ip netns exec blue "${process.execPath}" "${MAIN}" explain 127.0.0.1:80 --no-daemon`;
    for (const answer of [explain('127.0.0.1:80', '--netns=blue'), shell(inside)]) {
      expect(answer).toMatch(/^127\.0\.0\.1:80, in network namespace netns \d+ \(blue\)$/m);
      expect(answer).toContain('connect() would be given a port, 100 are left');
    }
  });

  test('IPv6 that is off there, with the line that turns it on; a destination without a route', async () => {
    shell('mkdir -p /run/netns; ip netns add blue');
    const resident = await host?.firstIn('blue');
    resident?.inside((network) => {
      exhaust(network);
      network.sysctl({ 'ipv6.conf.all.disable_ipv6': 1 });
    });
    const off = explain("'[::1]:80'", '--netns=blue');
    expect(off).toContain('IPv6 is off here');
    const [line = ''] = /ip netns exec blue sysctl -w net\.ipv6\S+=0(?=\.$)/m.exec(off) ?? [];
    shell(line);
    expect(explain("'[::1]:80'", '--netns=blue')).toContain('connect() would be given a port');
    expect(explain('10.9.9.9:80', '--netns=blue')).toContain(
      'there is no route to 10.9.9.9: connect() fails with ENETUNREACH',
    );
    expect(errorOf(() => resident?.inside((network) => network.connect(NOWHERE)))).toContain(
      'ENETUNREACH',
    );
  });
});

const NOWHERE = { to: '10.9.9.9', port: 80 };

function errorOf(call: () => unknown): string {
  try {
    call();
    return '';
  } catch (error) {
    return String(error);
  }
}
