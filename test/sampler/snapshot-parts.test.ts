import { MessageChannel } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { Poller } from '../../src/sampler/poll.ts';
import { receiveParts, sendParts } from '../../src/sampler/snapshot-parts.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { pollOptions } from '../support/pools.ts';
import { writeProcfs } from '../support/procfs.ts';

/** A snapshot with `count` namespaces, numbered from 0. */
function snapshotOf(count: number): Snapshot {
  const snapshot = new Poller(pollOptions(writeProcfs())).poll();
  const [namespace] = snapshot.namespaces;
  if (namespace === undefined) throw new Error('no namespace');
  const namespaces = Array.from({ length: count }, (_, id) => ({ ...namespace, id }));
  return { ...snapshot, namespaces };
}

test.each([0, 1, 20, 21, 250])('a snapshot of %i namespaces arrives whole', async (count) => {
  const { port1, port2 } = new MessageChannel();
  const snapshot = snapshotOf(count);
  const head = sendParts(snapshot, port2);
  expect(head).not.toHaveProperty('namespaces');
  expect(await receiveParts(head, port1)).toEqual(snapshot);
  port1.close();
});

test('other events of the receiving thread come between the parts', async () => {
  const { port1, port2 } = new MessageChannel();
  const head = sendParts(snapshotOf(250), port2);
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  await receiveParts(head, port1);
  counting = false;
  expect(turns).toBeGreaterThanOrEqual(head.messages);
  expect(head.messages).toBeGreaterThan(10);
  port1.close();
});

test('two snapshots under way are not mixed up', async () => {
  const { port1, port2 } = new MessageChannel();
  const heads = [snapshotOf(45), snapshotOf(30)].map((snapshot) => sendParts(snapshot, port2));
  const [first, second] = heads;
  if (first === undefined || second === undefined) throw new Error('no heads');
  expect((await receiveParts(first, port1))?.namespaces).toHaveLength(45);
  expect((await receiveParts(second, port1))?.namespaces).toHaveLength(30);
  port1.close();
});

test('a snapshot of which a part is missing, because its sender has died, is none', async () => {
  const { port1, port2 } = new MessageChannel();
  const head = sendParts(snapshotOf(30), port2);
  expect(await receiveParts({ ...head, messages: head.messages + 1 }, port1)).toBeUndefined();
  port1.close();
});
