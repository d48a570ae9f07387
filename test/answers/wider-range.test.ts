import { expect, test } from 'vitest';
import { widerRange } from '../../src/answers/diagnosis/host-remedies.ts';
import type { Remedy } from '../../src/answers/diagnosis/remedy.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { pollOptions } from '../support/pools.ts';

const FIXTURE = new URL('../fixtures/mixed', import.meta.url).pathname;

/** The wider range that is proposed for the range 40000-40099 of the host, or of a pod. */
function proposed(hasPods: boolean, netns = 'host'): Remedy | undefined {
  const poller = new Poller({ ...pollOptions(FIXTURE), once: true });
  poller.poll();
  const [host] = poller.details()?.namespaces ?? [];
  const [pool] = host?.fullest.get('connect') ?? [];
  if (host === undefined || pool === undefined) throw new Error('nothing was polled');
  const namespace = { ...host, identity: { ...host.identity, netns } };
  return widerRange(pool, namespace, hasPods);
}

test('on a host with pods the NodePorts are reserved first, and are no gain', () => {
  const [plain, node] = [proposed(false), proposed(true)];
  expect(plain?.danger ?? '').not.toContain('NodePorts');
  expect(node?.danger).toContain('2768 NodePorts of Kubernetes');
  expect(node?.danger).toMatch(/ip_local_reserved_ports=\S*30000-32767/);
  expect(node?.gainedPorts).toBe((plain?.gainedPorts ?? 0) - 2768);
});

test('within a pod there are no NodePorts', () => {
  expect(proposed(true, '4026532281')).toEqual(proposed(false, '4026532281'));
});
