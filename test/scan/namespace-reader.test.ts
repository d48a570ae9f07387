import { describe, expect, test } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { KernelError } from '../../src/kernel/kernel-error.ts';
import { ProcSource } from '../../src/kernel/proc/proc-source.ts';
import type { RowVisitor, SocketSource, TableReading } from '../../src/kernel/socket-row.ts';
import type { Namespace } from '../../src/namespaces/namespace.ts';
import type { NetnsView } from '../../src/namespaces/netns-view.ts';
import { NamespaceReader, type NamespaceReading } from '../../src/scan/namespace-reader.ts';
import { PartMeter } from '../../src/scan/parts.ts';
import { Polls } from '../support/polls.ts';
import { inNetwork, LOW } from '../support/scenario.ts';

const VIEW: NetnsView = {
  net: '/proc/thread-self/net',
  sysctl: '/proc/sys/net',
  sockets: 'lasting',
};

const HERE: Namespace = {
  id: 1,
  enterBy: '',
  identity: {
    netns: 'host',
    nsInode: '',
    podNamespace: '',
    podName: '',
    name: '',
    containerId: '',
  },
  visit: (read) => read(VIEW),
};

/** Shows the rows of TCP, and fails after that. */
class FailingNetlink implements SocketSource {
  readonly name = 'netlink';
  readonly showsAllRows = false;
  readonly #tables = new ProcSource(VIEW.net);

  readTcp(visit: RowVisitor): TableReading {
    return this.#tables.readTcp(visit);
  }

  readUdp(): TableReading {
    throw new KernelError('netlink sock_diag', 'no answer within 2 s');
  }
}

/** Connections to a listener in the range, which is closed once a poll has seen it. */
function closedListener(network: Network, poll: () => NamespaceReading): void {
  const target: Target = { to: '127.0.0.1', port: LOW + 10 };
  const listener = network.listen(target.to, target.port);
  network.connections(5, target, listener);
  poll();
  network.close(listener);
}

describe('a change of the source', () => {
  test('that fails costs nothing of what was remembered', () =>
    inNetwork((network) => {
      const reader = new NamespaceReader(HERE);
      let nowMs = 0;
      const poll = (source: SocketSource): NamespaceReading => {
        nowMs += 1000;
        return reader.read(VIEW, source, nowMs);
      };
      const byProc = (): NamespaceReading => poll(new ProcSource(VIEW.net));
      closedListener(network, byProc);
      expect(byProc().connect.blocked).toBe(1);
      expect(() => poll(new FailingNetlink())).toThrow('no answer within 2 s');
      expect(byProc().connect.blocked).toBe(1);
    }));

  test('of which a part is missing gives the rest, where the attempt is the last', () =>
    inNetwork(() => {
      const [reader, parts] = [new NamespaceReader(HERE), new PartMeter()];
      const reading = reader.read(VIEW, new FailingNetlink(), 1000, { parts, mayMiss: true });
      parts.settle();
      expect(reading.failedKinds).toEqual(['udp']);
      expect(reading.views.map(({ kind }) => kind)).toContain('connect');
      expect(parts.reports().find(({ part }) => part === 'udp')).toMatchObject({
        ok: false,
        problem: 'netlink sock_diag: no answer within 2 s',
      });
    }));

  test('keeps the history of the endpoints, both ways', () =>
    inNetwork(async (network) => {
      const service = { to: '127.0.0.1', port: 80 };
      network.sysctl({ 'ipv4.tcp_tw_reuse': 1 });
      const listener = network.listen(service.to, service.port);
      const open = network.connections(50, service, listener);
      const polls = new Polls({ flags: ['--poll.source=proc'] });
      await polls.next();
      for (const { client, server } of open.slice(10)) network.close(server, client);
      const peaks: number[] = [];
      for (const source of ['netlink', 'proc', 'netlink']) {
        polls.reconfigure(`--poll.source=${source}`);
        const page = await polls.next();
        expect(page.value('poll_success', { source })).toBe(1);
        peaks.push(page.value('endpoint_usage_ratio_peak', { remote_port: '80' }));
      }
      polls.close();
      expect(peaks).toEqual([0.5, 0.5, 0.5]);
    }));
});
