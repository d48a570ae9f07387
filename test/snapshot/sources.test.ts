import { expect, test } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { detailsJson } from '../../src/snapshot/encode.ts';
import { pollOptions } from '../support/pools.ts';
import type { Source } from '../support/polls.ts';
import { inNetwork, LOW } from '../support/scenario.ts';

/** What the snapshot says of a namespace must not depend on the source, but for what a source does not show. */

interface Tcp {
  readonly inbound_rows: number | null;
  readonly rows_by_state: Readonly<Record<string, number | null>>;
  readonly listening_ports: string;
  readonly other_listening_ports: string;
}

type NamespaceJson = Readonly<Record<string, unknown>> & { readonly tcp: Tcp };

function namespaceBy(source: Source): NamespaceJson {
  const options = pollOptions('/proc');
  const namespaces = { ...options.namespaces, discover: 'off' } as const;
  const poller = new Poller({ ...options, source, namespaces, once: true });
  poller.poll();
  const details = poller.details();
  poller.reconfigure({ ...options, source: 'proc' });
  if (details === undefined) throw new Error('no details');
  const { namespaces: all } = JSON.parse(JSON.stringify(detailsJson(details))) as {
    readonly namespaces: readonly [NamespaceJson];
  };
  return all[0];
}

const SERVICE: Target = { to: '127.0.0.1', port: 80 };

/** Listeners in and outside the range, and rows on either side of each. */
function stage(network: Network): void {
  network.sysctl({ 'ipv4.ip_local_reserved_ports': LOW + 20 });
  const listener = network.listen(SERVICE.to, SERVICE.port);
  network.connections(12, SERVICE, listener);
  const inside = { to: '::1', port: LOW + 31 };
  network.connections(3, inside, network.listen(inside.to, inside.port));
  for (const port of [22, LOW - 1, LOW + 20, LOW + 100]) network.listen('127.0.0.1', port);
}

test('listeners are the same by both sources, in the range and outside of it', () =>
  inNetwork((network) => {
    stage(network);
    const [proc, netlink] = [namespaceBy('proc'), namespaceBy('netlink')];
    for (const { tcp } of [proc, netlink]) {
      expect(tcp.listening_ports).toBe('40031');
      expect(tcp.other_listening_ports).toBe('22,80,39999,40020,40100');
      expect(tcp.rows_by_state['listen']).toBe(6);
    }
  }));

test('sockets connected to themselves are counted where the kernel picked the port: in the range', () =>
  inNetwork((network) => {
    for (const port of [22, LOW + 20]) {
      const itself = { to: '127.0.0.1', port };
      network.dial(network.bindTcp(itself.to, port), itself);
    }
    for (const { hazards } of [namespaceBy('proc'), namespaceBy('netlink')]) {
      expect(hazards).toMatchObject({ self_connection: 1 });
    }
  }));

test('all else is the same too, but for what a source does not show, which is null', () =>
  inNetwork((network) => {
    stage(network);
    const [proc, netlink] = [namespaceBy('proc'), namespaceBy('netlink')];
    const shown = Object.entries(proc.tcp.rows_by_state).filter(([, rows]) => rows !== null);
    expect(shown.map(([state]) => state)).toHaveLength(11);
    expect(proc.tcp.rows_by_state).toMatchObject({ established: 30, listen: 6, close: null });
    expect(proc.tcp.inbound_rows).toBe(15);
    const hidden = Object.fromEntries(
      Object.keys(proc.tcp.rows_by_state).map((state) => [state, state === 'listen' ? 6 : null]),
    );
    expect(netlink).toEqual({
      ...proc,
      id: 1,
      tcp: { ...proc.tcp, inbound_rows: null, rows_by_state: hidden },
    });
  }));
