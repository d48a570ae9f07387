import { expect, test } from 'vitest';
import { renderTable } from '../../src/cli/once/table.ts';
import { RemoteNames } from '../../src/config/remote-names.ts';
import type { Destination } from '../../src/pools/pool.ts';
import { Polls, SOURCES } from '../support/polls.ts';
import { inNetwork, LOW } from '../support/scenario.ts';

/** Who the sockets of a namespace talk to by UDP, which its one budget alone does not tell. */
for (const source of SOURCES) {
  test(`connected UDP sockets are counted by destination (${source})`, () =>
    inNetwork(async (network) => {
      network.range(LOW, LOW + 399);
      for (let calls = 0; calls < 250; calls += 1) network.connectUdp('127.0.0.1', 53);
      for (let calls = 0; calls < 20; calls += 1) network.connectUdp('127.0.0.2', 443);
      for (let calls = 0; calls < 10; calls += 1) network.connectUdp('::1', 53);
      for (let ports = 0; ports < 5; ports += 1) network.bindUdp('127.0.0.1', 0);
      const polls = new Polls({ flags: [`--poll.source=${source}`] });
      await polls.next();
      const { details } = polls;
      const pools = details.namespaces[0]?.fullest.get('udp') ?? [];
      expect(pools.map(({ destinations }) => destinations)).toEqual([
        [to('127.0.0.1', 53, 250), to('127.0.0.2', 443, 20)],
        [to('::1', 53, 10)],
      ]);
      const table = renderTable(details, new RemoteNames([]));
      expect(table).toContain('Connected: 250 to 127.0.0.1:53, 20 to 127.0.0.2:443.');
      expect(table).toContain('Connected: 10 to [::1]:53.');
      polls.close();
    }));
}

function to(remoteAddress: string, remotePort: number, sockets: number): Destination {
  return { remoteAddress, remotePort, sockets };
}
