import { expect, test } from 'vitest';
import { NAMESPACE_FAMILIES } from '../../src/metrics/namespace-families.ts';
import { Poller } from '../../src/sampler/poll.ts';
import type { NamespaceSnapshot } from '../../src/snapshot/snapshot.ts';
import { pollOptions } from '../support/pools.ts';

const FIXTURE = new URL('../fixtures/mixed', import.meta.url).pathname;

/** A namespace in which so many pools of these kinds found no room for their series although an alert fires. */
function omitted(atRisk: Readonly<Record<string, number>>): NamespaceSnapshot {
  const [namespace] = new Poller(pollOptions(FIXTURE)).poll().namespaces;
  if (namespace === undefined) throw new Error('no namespace');
  const kinds = namespace.kinds.map((kind) => ({ ...kind, omittedAtRisk: atRisk[kind.kind] ?? 0 }));
  return { ...namespace, kinds };
}

test('bind and range pools at risk that have no series are counted with the endpoints of their protocol', () => {
  const family = NAMESPACE_FAMILIES.find(({ name }) => name === 'endpoints_omitted_at_risk');
  const points = family?.points(omitted({ connect: 1, bind: 2, range: 4, udp: 8 })) ?? [];
  expect(points).toEqual([
    { value: 7, labels: { protocol: 'tcp' } },
    { value: 8, labels: { protocol: 'udp' } },
  ]);
});
