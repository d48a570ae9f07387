import { expect, test } from 'vitest';
import { parseAddress } from '../../../src/kernel/address.ts';
import type { HostCondition } from '../../../src/kernel/netlink/host-filter.ts';
import { SockDiagSource } from '../../../src/kernel/netlink/sock-diag-source.ts';
import { inOwnNetwork } from '../own-network.ts';

/** The remote ends of the sockets that meet one of the conditions, with how often each is met. */
function found(hosts: readonly HostCondition[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const source = SockDiagSource.open('/proc/thread-self/net');
  source.readTcpOf(hosts, ({ remotePort, ipv6Socket }) => {
    const key = `${ipv6Socket ? 'ipv6' : 'ipv4'} ${remotePort}`;
    counts[key] = (counts[key] ?? 0) + 1;
  });
  source.close();
  return counts;
}

function remote(address: string, port: number): HostCondition {
  return { end: 'remote', address: parseAddress(address), port };
}

test('the kernel lets the sockets pass that meet one of the conditions, and no other', (context) => {
  inOwnNetwork(context, (network) => {
    for (const port of [80, 81, 82]) network.listen('127.0.0.1', port);
    network.listen('::1', 80);
    const connect = (count: number, to: string, port: number, mapped = false): void => {
      for (let each = 0; each < count; each += 1) network.connect({ to, port, mapped });
    };
    connect(1, '127.0.0.1', 80);
    connect(2, '127.0.0.1', 81);
    connect(3, '127.0.0.1', 82, true);
    connect(4, '::1', 80);
    const [one, six, mapped] = [
      remote('127.0.0.1', 80),
      remote('::1', 80),
      remote('127.0.0.1', 82),
    ];
    expect(found([one])).toEqual({ 'ipv4 80': 1 });
    expect(found([six, one])).toEqual({ 'ipv4 80': 1, 'ipv6 80': 4 });
    expect(found([one, mapped, six])).toEqual({ 'ipv4 80': 1, 'ipv6 82': 3, 'ipv6 80': 4 });
    expect(found([remote('127.0.0.2', 80)])).toEqual({});
  });
});
