import { describe, expect, test } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { diagnose, type Diagnosis } from '../../src/answers/diagnosis/diagnosis.ts';
import { surroundingsOf } from '../../src/answers/diagnosis/surroundings.ts';
import { countConnects } from '../support/kernel-oracle.ts';
import { Polls, type Source, SOURCES } from '../support/polls.ts';
import {
  inNetwork,
  letReuseBegin,
  LOW,
  NEVER_REUSED_MS,
  REUSED_AT_ONCE_MS,
  reuseDelay,
} from '../support/scenario.ts';

/** Each cause is provoked by real sockets, and recognised; what is proposed is tried on the kernel. */

const DATABASE: Target = { to: '127.0.0.1', port: 5432 };
const OTHER: Target = { to: '127.0.0.2', port: 80 };

/** Ports of the range in these tests: enough that it is not narrow. */
const RANGE = 400;

/** What makes an endpoint run out. */
interface Trouble {
  /** Opens what is there at the first poll, and returns what opens the rest. */
  readonly stage: (network: Network) => () => void;
  readonly expected: string;
  /** Which pool at risk; the worst one of `connect` otherwise. */
  readonly pool?: string;
}

/** `count` connections that stay open; returns their listener. */
function hold(network: Network, count: number, target: Target): number {
  const listener = network.listen(target.to, target.port);
  network.connections(count, target, listener);
  return listener;
}

/** Nothing more is opened after the first poll. */
function atOnce(stage: (network: Network) => void): Trouble['stage'] {
  return (network) => {
    stage(network);
    return () => undefined;
  };
}

const TROUBLES: Readonly<Record<string, Trouble>> = {
  'connections that are closed at once': {
    stage: atOnce((network) => {
      network.sysctl(reuseDelay(NEVER_REUSED_MS));
      const listener = network.listen(DATABASE.to, DATABASE.port);
      for (const { client, server } of network.connections(380, DATABASE, listener)) {
        network.close(client);
        network.close(server);
      }
    }),
    expected: 'connection_churn',
  },
  'connections that are closed at once, whose ports connect() may take over, and bind() may not': {
    stage: atOnce((network) => {
      network.sysctl({ 'ipv4.tcp_tw_reuse': 1, ...reuseDelay(REUSED_AT_ONCE_MS) });
      const listener = network.listen(DATABASE.to, DATABASE.port);
      for (const { client, server } of network.connections(380, DATABASE, listener))
        network.close(client, server);
      letReuseBegin();
    }),
    expected: 'connection_churn',
    pool: 'bind',
  },
  'sockets that the program does not close when the remote end has': {
    stage: atOnce((network) => {
      const listener = network.listen(DATABASE.to, DATABASE.port);
      for (const { server } of network.connections(290, DATABASE, listener)) network.close(server);
    }),
    expected: 'connection_leak',
  },
  'the same beside more connections that stay open': {
    stage: (network) => {
      const listener = hold(network, 200, DATABASE);
      return () => {
        for (const { server } of network.connections(100, DATABASE, listener))
          network.close(server);
      };
    },
    expected: 'connection_leak',
  },
  'connections that grow and are never closed': {
    stage: (network) => {
      const listener = hold(network, 10, DATABASE);
      return () => {
        network.connections(300, DATABASE, listener);
      };
    },
    expected: 'connection_leak',
  },
  'connections that grow beside others that are closed': {
    stage: (network) => {
      const listener = hold(network, 100, DATABASE);
      return () => {
        network.connections(120, DATABASE, listener);
        for (const { client, server } of network.connections(60, DATABASE, listener))
          network.close(client, server);
      };
    },
    expected: 'connection_leak',
  },
  'connections of which more are closed than stay open': {
    stage: (network) => {
      network.sysctl(reuseDelay(NEVER_REUSED_MS));
      const listener = hold(network, 200, DATABASE);
      return () => {
        network.connections(30, DATABASE, listener);
        for (const { client, server } of network.connections(100, DATABASE, listener))
          network.close(client, server);
      };
    },
    expected: 'large_pool',
  },
  'a large pool of open connections': {
    stage: atOnce((network) => hold(network, 300, DATABASE)),
    expected: 'large_pool',
  },
  'half of the range with open connections': {
    stage: atOnce((network) => hold(network, 200, DATABASE)),
    expected: 'slow_first_pass',
  },
  'a remote end that does not answer': {
    stage: atOnce((network) => {
      network.listen(DATABASE.to, DATABASE.port, { backlog: 1 });
      for (let calls = 0; calls < 300; calls += 1)
        network.connect({ ...DATABASE, nonblocking: true });
    }),
    expected: 'unanswered_connects',
  },
  'a program that binds before it connects': {
    stage: (network) => () => {
      network.listen(OTHER.to, OTHER.port);
      for (let calls = 0; calls < 300; calls += 1) network.connectBound(OTHER, '127.0.0.9', 0);
      hold(network, 90, DATABASE);
    },
    expected: 'bind_before_connect',
  },
  'a program that binds before it connects, with SO_REUSEADDR': {
    stage: (network) => () => {
      network.listen(OTHER.to, OTHER.port);
      for (let calls = 0; calls < 250; calls += 1)
        network.connectBound(OTHER, '127.0.0.9', 0, true);
      hold(network, 140, DATABASE);
    },
    expected: 'bind_before_connect',
  },
  'a program that names its source ports': {
    stage: (network) => () => {
      network.listen(OTHER.to, OTHER.port);
      for (let port = LOW; port < LOW + 300; port += 1)
        network.connectBound(OTHER, '127.0.0.1', port);
      hold(network, 90, DATABASE);
    },
    expected: 'explicit_ports',
  },
  'listeners all over the range': {
    stage: atOnce((network) => {
      for (let port = LOW; port < LOW + 300; port += 1) network.listen('127.0.0.1', port);
      hold(network, 90, DATABASE);
    }),
    expected: 'blocked_range',
  },
  'a range that is reserved': {
    stage: atOnce((network) => {
      network.sysctl({ 'ipv4.ip_local_reserved_ports': `${LOW}-${LOW + 299}` });
      hold(network, 90, DATABASE);
    }),
    expected: 'reserved_range',
  },
  'a range that is narrow': {
    stage: atOnce((network) => {
      network.range(LOW, LOW + 99);
      hold(network, 90, DATABASE);
    }),
    expected: 'narrow_range',
  },
  'UDP sockets': {
    stage: atOnce((network) => {
      for (let calls = 0; calls < 380; calls += 1) network.connectUdp('127.0.0.1', 53);
    }),
    expected: 'udp_per_request',
    pool: 'udp',
  },
};

/** The diagnosis of the worst pool at risk after two polls, by the source. */
async function diagnosisOf(
  source: Source,
  kind: string,
  between: () => void,
): Promise<{ readonly diagnosis: Diagnosis | undefined; readonly exported: readonly string[] }> {
  const polls = new Polls({ flags: [`--poll.source=${source}`] });
  await polls.next();
  between();
  // An alert must last for a while before it fires.
  for (let poll = 0; poll < 4; poll += 1) await polls.next(10);
  const page = await polls.next(10);
  const { details } = polls;
  polls.close();
  const [worst] = details.alerts.firing
    .map(({ pool }) => pool)
    .filter((pool) => pool.kind === kind)
    .toSorted((a, b) => a.available - b.available);
  const diagnosis = worst && diagnose(worst, surroundingsOf(details, worst.namespaceId));
  const exported = page.samples
    .filter(({ name }) => name === 'ephemeral_ports_endpoint_cause')
    .map(({ labels }) => labels['cause'] ?? '');
  return { diagnosis, exported };
}

describe('each cause is recognised, by every source', () => {
  test.each(Object.entries(TROUBLES))('%s', async (_, { stage, expected, pool }) => {
    for (const source of SOURCES) {
      await inNetwork(async (network) => {
        network.range(LOW, LOW + RANGE - 1);
        const open = stage(network);
        const { diagnosis, exported } = await diagnosisOf(source, pool ?? 'connect', open);
        expect(diagnosis?.cause.name, source).toBe(expected);
        // That of a wildcard is an alert of severity info, which has no cause on the page.
        if (pool !== 'bind') expect(exported, source).toContain(expected);
        expect(diagnosis?.remedies[0]?.text, source).not.toBe('');
        if (pool === 'udp') expect(diagnosis?.cause.evidence).toContain('380 to 127.0.0.1:53');
      });
    }
  });
});

/** What one poll says of the fullest endpoint to `target`. */
async function adviceFor({ to, port }: Target): Promise<Diagnosis & { readonly left: number }> {
  const polls = new Polls({ once: true });
  await polls.next();
  const { details } = polls;
  polls.close();
  const pool = details.namespaces[0]?.fullest
    .get('connect')
    ?.find(({ remoteAddress, remotePort }) => remoteAddress === to && remotePort === port);
  if (pool === undefined) throw new Error('the endpoint holds nothing');
  const diagnosis = diagnose(pool, surroundingsOf(details, pool.namespaceId));
  return { ...diagnosis, left: pool.available };
}

describe('what is proposed gives as many ports as is said', () => {
  test('a wider range, but for reserved ports, and ports with a listener', () =>
    inNetwork(async (network) => {
      network.range(60_000, 60_399);
      network.sysctl({ 'ipv4.ip_local_reserved_ports': '10240-59000,60900-60999' });
      network.listen('127.0.0.1', 59_500);
      network.listen('127.0.0.9', 59_601);
      hold(network, 300, DATABASE);
      const { remedies, left } = await adviceFor(DATABASE);
      const wider = remedies.find(({ command }) => command?.includes('ip_local_port_range'));
      expect(wider?.danger).toMatch(
        /^2 ports with a listener fall inside: reserve them first: .*59500,59601/,
      );
      expect(countConnects(network, DATABASE)).toBe(left);
      const [, value = ''] = /range="(.*)"$/.exec(wider?.command ?? '') ?? [];
      network.sysctl({ 'ipv4.ip_local_port_range': value });
      expect(countConnects(network, DATABASE)).toBe(wider?.gainedPorts);
    }));

  test('IP_BIND_ADDRESS_NO_PORT for programs that bind first', () =>
    inNetwork(async (network) => {
      network.range(LOW, LOW + RANGE - 1);
      for (let port = LOW; port < LOW + 10; port += 1) network.listen('127.0.0.1', port);
      hold(network, 40, DATABASE);
      const listener = network.listen(OTHER.to, OTHER.port);
      const bound = Array.from({ length: 300 }, () => network.connectBound(OTHER, '127.0.0.1', 0));
      const { cause, remedies, left } = await adviceFor(DATABASE);
      expect(cause.name).toBe('bind_before_connect');
      const [program] = remedies;
      expect(program?.text).toContain('IP_BIND_ADDRESS_NO_PORT');
      expect(countConnects(network, DATABASE)).toBe(left);
      // What nobody has accepted is reset with its listener, so that no TIME_WAIT stays.
      network.close(listener, ...bound);
      const again = network.listen(OTHER.to, OTHER.port);
      network.connections(bound.length, { ...OTHER, from: '127.0.0.1' }, again);
      expect(countConnects(network, DATABASE)).toBe(program?.gainedPorts);
    }));

  test('a second local address', () =>
    inNetwork(async (network) => {
      network.range(LOW, LOW + RANGE - 1);
      hold(network, 300, DATABASE);
      const { remedies, left } = await adviceFor(DATABASE);
      const second = remedies.find(({ text }) => text.startsWith('A second local address'));
      const further = { ...DATABASE, from: '127.0.0.77' };
      expect(countConnects(network, DATABASE) + countConnects(network, further)).toBe(
        left + (second?.gainedPorts ?? 0),
      );
    }));
});
