import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { explainEndpoint, type Explanation } from '../../src/answers/explanation/explanation.ts';
import { parseEndpoint } from '../../src/answers/explanation/endpoint-question.ts';
import { heldProof } from '../../src/answers/explanation/proof.ts';
import {
  changed,
  type ChangedSettings,
  parseChanges,
} from '../../src/answers/explanation/what-if.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { ALL_ENDPOINTS } from '../../src/snapshot/describe.ts';
import type { SnapshotDetails } from '../../src/snapshot/details.ts';
import { countConnects } from '../support/kernel-oracle.ts';
import { HAS_REUSE_DELAY } from '../support/kernel-version.ts';
import { Mixture } from '../support/mixture.ts';
import { onceOptions } from '../support/polls.ts';
import { Random } from '../support/random.ts';
import {
  inNetwork,
  letReuseBegin,
  LOW,
  REUSED_AT_ONCE_MS,
  reuseDelay,
} from '../support/scenario.ts';

const DATABASE: Target = { to: '127.0.0.1', port: 5432 };
const REMOTE: Target = { to: '10.1.2.3', port: 80 };

/** One poll, with all endpoints; `changes` counts by other settings. */
function poll(changes?: ChangedSettings): SnapshotDetails {
  const change = changes && {
    changeSettings: (settings: Parameters<typeof changed>[0]) => changed(settings, changes),
  };
  const poller = new Poller(onceOptions(), change);
  poller.poll();
  const details = poller.details(ALL_ENDPOINTS);
  if (details === undefined) throw new Error('there was no poll');
  return details;
}

function explain(text: string, changes?: ChangedSettings): Explanation {
  const details = poll(changes);
  const question = parseEndpoint(text);
  const [namespace] = details.namespaces;
  if (question === undefined || namespace === undefined)
    throw new Error(`nothing to explain: ${text}`);
  const [explanation] = explainEndpoint(question, details, { namespace, local: undefined });
  if (explanation === undefined) throw new Error('nothing was explained');
  return explanation;
}

describe('the calculation', () => {
  test.each([1, 2, 3, 4, 5, 6])('adds up in every endpoint of a mixture, seed %i', (seed) =>
    inNetwork((network) => {
      new Mixture(network, new Random(seed), 'hard').stage();
      const details = poll();
      const [namespace] = details.namespaces;
      const pools = namespace?.fullest.get('connect') ?? [];
      expect(pools.length).toBeGreaterThan(1);
      const withoutDevice = pools.filter(({ localAddress }) => !localAddress.includes('%'));
      for (const { localAddress, remoteAddress, remotePort } of pools) {
        const bracket = (text: string): string => (text.includes(':') ? `[${text}]` : text);
        const asked = `${bracket(localAddress)} → ${bracket(remoteAddress)}:${remotePort}`;
        const { calculation: found } = explain(asked);
        if (withoutDevice.some((pool) => pool.localAddress === localAddress))
          expect(found.heldByOthers, asked).toBe(0);
        expect(found.range - (found.reserved ?? 0) - found.blocked, asked).toBe(found.capacity);
        const taken = found.held - found.bound - found.reusable + found.heldByOthers;
        expect(found.capacity - taken, asked).toBe(found.available);
      }
    }),
  );

  test('is proved by the line of ss that it names', () =>
    inNetwork((network) => {
      const listener = network.listen(DATABASE.to, DATABASE.port);
      const [first, second] = network.connections(31, DATABASE, listener);
      if (first) network.close(first.client, first.server);
      if (second) network.close(second.server);
      const { pool, calculation, namespace } = explain('127.0.0.1:5432');
      const line = pool && heldProof(pool, namespace.settings.range);
      expect(execFileSync('sh', ['-c', line ?? 'false'], { encoding: 'utf8' }).trim()).toBe('31');
      expect(calculation.held).toBe(31);
    }));
});

describe('a destination that nobody talks to', () => {
  test('may be given as many connections as the kernel grants', () =>
    inNetwork((network) => {
      network.range(LOW, LOW + 199);
      network.sysctl({ 'ipv4.ip_local_reserved_ports': `${LOW}-${LOW + 9}` });
      for (let port = LOW + 20; port < LOW + 30; port += 1) network.listen('127.0.0.1', port);
      network.listen(DATABASE.to, DATABASE.port);
      const { limits, pool, outcome } = explain('127.0.0.1:5432');
      expect(pool).toBeUndefined();
      expect(outcome.kind).toBe('granted');
      expect(limits.quick).toBe(90);
      expect(countConnects(network, DATABASE)).toBe(limits.atOnce);
    }));
});

describe('what would be, were settings changed', () => {
  const CHANGES = [
    ['range=40000-40149'],
    ['range=39900-40099', 'reserved=39950-39959,40001'],
    ['reserved=40010-40049'],
    ['tw_reuse=1'],
    ['tw_reuse=0'],
    ['range=40050-40249', 'tw_reuse=1'],
  ];

  test.skipIf(!HAS_REUSE_DELAY).each(CHANGES)('%s %s', (...texts: string[]) =>
    inNetwork((network) => {
      const target = texts.includes('tw_reuse=0') ? DATABASE : REMOTE;
      if (target === REMOTE) network.addAddress(target.to);
      network.sysctl({ 'ipv4.tcp_tw_reuse': 2, ...reuseDelay(REUSED_AT_ONCE_MS) });
      const listener = network.listen(target.to, target.port);
      network.listen('127.0.0.1', 40_007);
      network.listen('127.0.0.1', 39_905);
      for (const { client, server } of network.connections(30, target, listener))
        network.close(client, server);
      network.connections(25, target, listener);
      letReuseBegin();
      const given = texts.filter(Boolean);
      const changes = parseChanges(given);
      expect(changes).toBeDefined();
      const { calculation } = explain(`${target.to}:${target.port}`, changes);
      apply(network, given);
      expect(countConnects(network, target)).toBe(calculation.available);
    }),
  );

  test.each(['range=5', 'range=9-8', 'range=1-70000', 'reserved=x', 'tw_reuse=3', 'ports=1', ''])(
    '%j is no change',
    (text) => {
      expect(parseChanges([text])).toBeUndefined();
    },
  );
});

/** Changes the settings of the namespace as was asked. */
function apply(network: Network, texts: readonly string[]): void {
  for (const text of texts) {
    const [key, value = ''] = text.split('=');
    if (key === 'range') network.sysctl({ 'ipv4.ip_local_port_range': value.replace('-', ' ') });
    if (key === 'reserved') network.sysctl({ 'ipv4.ip_local_reserved_ports': value });
    if (key === 'tw_reuse') network.sysctl({ 'ipv4.tcp_tw_reuse': value });
  }
}
