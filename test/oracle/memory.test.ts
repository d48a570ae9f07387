import { describe, expect, test } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { assertSource, Polls, SOURCES } from '../support/polls.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import { measure, predict } from '../support/verdict.ts';

/** What only a poll can know that saw the polls before. */

const A: Target = { to: '127.0.0.1', port: 80 };

interface Story {
  readonly network: Network;
  readonly polls: Polls;
}

/** A test that begins with a poll of an empty namespace; at the end equality is asserted for `A`. */
function story(title: string, tell: (story: Story) => Promise<void>): void {
  test.each(SOURCES)(`${title} (%s)`, (source) =>
    inNetwork(async (network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': 0 });
      const polls = new Polls({ flags: [`--poll.source=${source}`] });
      await polls.next();
      await tell({ network, polls });
      const page = await polls.next();
      polls.close();
      assertSource(page, source);
      expect(predict(page, [A])).toEqual(measure(network, [A]));
    }),
  );
}

describe('a listener that closed', () => {
  for (const address of ['127.0.0.1', '0.0.0.0', '::1', '::']) {
    story(
      `its accepted connections on ${address} stay inbound and keep the port blocked`,
      async (s) => {
        const target = { to: address.includes(':') ? '::1' : '127.0.0.1', port: LOW + 10 };
        s.network.listen(A.to, A.port);
        const listener = s.network.listen(address, target.port);
        s.network.connections(5, target, listener);
        await s.polls.next();
        s.network.close(listener);
        const page = await s.polls.next();
        expect(page.value('blocked', { protocol: 'tcp' })).toBe(1);
        expect(page.value('endpoints', { protocol: 'tcp' })).toBe(1);
      },
    );
  }

  story('FTP-like server ports in TIME_WAIT stay blocked', async ({ network, polls }) => {
    network.listen(A.to, A.port);
    const ports = [LOW + 20, LOW + 31, LOW + 42];
    const listeners = ports.map((port) => network.listen('127.0.0.1', port));
    const data = listeners.flatMap((listener, index) =>
      network.connections(2, { to: '127.0.0.1', port: ports[index] ?? 0 }, listener),
    );
    await polls.next();
    network.close(...listeners);
    for (const { server } of data) network.close(server);
    for (const { client } of data) network.close(client);
    const page = await polls.next();
    expect(page.value('blocked', { protocol: 'tcp' })).toBe(3);
    await polls.next();
  });

  story('the port comes back when its last row is gone', async ({ network, polls }) => {
    network.listen(A.to, A.port);
    const target = { to: '127.0.0.1', port: LOW + 10 };
    const listener = network.listen('127.0.0.1', target.port);
    const connections = network.connections(5, target, listener);
    await polls.next();
    network.close(listener);
    await polls.next();
    for (const { client } of connections) network.close(client);
    for (const { server } of connections) network.close(server);
    const page = await polls.next();
    expect(page.value('blocked', { protocol: 'tcp' })).toBe(0);
  });
});

describe('a mark belongs to rows, not to a port', () => {
  story('a port that connect() took right after its listener closed is not blocked', async (s) => {
    const { network, polls } = s;
    const busy = { to: '127.0.0.1', port: 81 };
    network.listen(A.to, A.port);
    network.listen(busy.to, busy.port);
    const listeners = [0, 1, 2, 3, 4].map(() => network.listen('127.0.0.1', 0));
    for (let open = 0; open < 95; open += 1) network.connect(busy);
    await polls.next();
    network.close(...listeners);
    for (let open = 0; open < 5; open += 1) network.connect(busy);
    const page = await polls.next();
    expect(page.value('blocked', { protocol: 'tcp' })).toBe(0);
    expect(page.value('endpoint_held', { remote_port: '81' })).toBe(100);
  });

  story('a port that was bound and then connected by another is not blocked', async (s) => {
    const { network, polls } = s;
    const busy = { to: '127.0.0.1', port: 81 };
    network.listen(A.to, A.port);
    const listener = network.listen(busy.to, busy.port);
    const bound = [LOW + 1, LOW + 3].map((port) => network.connectBound(busy, '127.0.0.1', port));
    const servers = bound.map(() => network.accept(listener));
    expect((await polls.next()).value('blocked', { protocol: 'tcp' })).toBe(2);
    network.close(...servers, ...bound);
    const other = { to: '127.0.0.1', port: 82 };
    network.listen(other.to, other.port);
    for (let open = 0; open < 100; open += 1) network.connect(other);
    const page = await polls.next();
    expect(page.value('blocked', { protocol: 'tcp' })).toBe(0);
  });
});

describe('the parity rule', () => {
  story('a burst between two polls is no bind()', async ({ network, polls }) => {
    const busy = { to: '127.0.0.1', port: 81 };
    network.listen(A.to, A.port);
    const listener = network.listen(busy.to, busy.port);
    const burst = network.connections(80, busy, listener);
    const reset = burst.filter((_, index) => index % 8 < 3);
    for (const { client, server } of reset) network.close(server, client);
    const page = await polls.next();
    expect(page.value('blocked', { protocol: 'tcp' })).toBe(0);
  });

  story('bind(0) before connect() is seen, and blocks its port for all', async (s) => {
    const { network, polls } = s;
    const other = { to: '127.0.0.1', port: 81 };
    network.listen(A.to, A.port);
    network.listen(other.to, other.port);
    for (let open = 0; open < 15; open += 1) network.connectBound(other, '127.0.0.1', 0);
    const page = await polls.next();
    expect(page.value('blocked', { protocol: 'tcp' })).toBe(15);
    expect(page.value('endpoint_held', { remote_port: '81' })).toBe(15);
    expect(page.value('endpoint_available', { remote_port: '81' })).toBe(85);
  });

  story('an explicit port is seen, through its TIME_WAIT too', async ({ network, polls }) => {
    const other = { to: '127.0.0.1', port: 81 };
    network.listen(A.to, A.port);
    const listener = network.listen(other.to, other.port);
    const ports = [LOW + 1, LOW + 33, LOW + 77];
    const clients = ports.map((port) => network.connectBound(other, '127.0.0.1', port));
    const servers = ports.map(() => network.accept(listener));
    await polls.next();
    network.close(...clients);
    network.close(...servers);
    const page = await polls.next();
    expect(page.value('endpoint_sockets', { remote_port: '81', state: 'time_wait' })).toBe(3);
    expect(page.value('blocked', { protocol: 'tcp' })).toBe(3);
  });

  story(
    'a port the second pass gave is not blocked, also when the first pass empties',
    async (s) => {
      const { network, polls } = s;
      const other = { to: '127.0.0.1', port: 81 };
      network.listen(A.to, A.port);
      const listener = network.listen(other.to, other.port);
      const connections = network.connections(70, other, listener);
      await polls.next();
      for (const { server, client } of connections.slice(0, 40)) network.close(server, client);
      // A first pass that was full is forgotten after two polls; the rows themselves are not.
      for (let poll = 0; poll < 3; poll += 1) await polls.next();
      const page = await polls.next();
      expect(page.value('blocked', { protocol: 'tcp' })).toBe(0);
      expect(page.value('endpoint_held', { remote_port: '81' })).toBe(30);
    },
  );

  story(
    'what was there before the first poll is taken as connected',
    async ({ network, polls }) => {
      network.listen(A.to, A.port);
      for (let open = 0; open < 60; open += 1) network.connect(A);
      const page = await polls.next();
      expect(page.value('blocked', { protocol: 'tcp' })).toBe(0);
    },
  );
});
