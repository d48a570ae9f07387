import { describe, expect, test } from 'vitest';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { diagnose } from '../../src/answers/diagnosis/diagnosis.ts';
import { diagnosisSentences } from '../../src/answers/diagnosis/diagnosis-words.ts';
import { surroundingsOf } from '../../src/answers/diagnosis/surroundings.ts';
import { countConnects } from '../support/kernel-oracle.ts';
import { HAS_REUSE_DELAY } from '../support/kernel-version.ts';
import { Polls, type Source, SOURCES } from '../support/polls.ts';
import { inNetwork, letReuseBegin, REUSED_AT_ONCE_MS, reuseDelay } from '../support/scenario.ts';

/**
 * What is advised is tried on the kernel: `tcp_tw_reuse` 1 is told to who gains ports by it, and to nobody else. A range of 100
 * ports is full of TIME_WAITs; then the advice is followed.
 */

const OWN: Target = { to: '10.1.2.3', port: 80 };
const LOOPBACK: Target = { to: '127.0.0.1', port: 80 };
const IPV6: Target = { to: 'fd00::7', port: 80 };

function fillWithTimeWaits(network: Network, target: Target): void {
  if (target !== LOOPBACK) network.addAddress(target.to);
  const listener = network.listen(target.to, target.port);
  const connections = network.connections(100, target, listener);
  for (const { client } of connections) network.close(client);
  for (const { server } of connections) network.close(server);
}

async function advised(source: Source, target: Target): Promise<string> {
  const polls = new Polls({ flags: [`--poll.source=${source}`], once: true });
  await polls.next();
  const usage = polls.details.namespaces
    .flatMap(({ fullest }) => fullest.get('connect') ?? [])
    .find(({ remoteAddress }) => remoteAddress === target.to);
  const { details } = polls;
  polls.close();
  expect(usage?.states.timeWait).toBe(100);
  if (usage === undefined) return '';
  return diagnosisSentences(diagnose(usage, surroundingsOf(details, usage.namespaceId)));
}

describe.skipIf(!HAS_REUSE_DELAY)('tcp_tw_reuse 1 is advised where it gives ports', () => {
  test.each([
    { target: OWN, reuse: 0, timestamps: 1, helps: true },
    { target: OWN, reuse: 2, timestamps: 1, helps: true },
    { target: IPV6, reuse: 2, timestamps: 1, helps: true },
    { target: LOOPBACK, reuse: 0, timestamps: 1, helps: true },
    { target: OWN, reuse: 2, timestamps: 0, helps: false },
    { target: LOOPBACK, reuse: 0, timestamps: 0, helps: false },
    { target: OWN, reuse: 1, timestamps: 0, helps: false },
    { target: OWN, reuse: 1, timestamps: 1, helps: false },
    { target: LOOPBACK, reuse: 2, timestamps: 1, helps: false },
  ])(
    '$target.to, tcp_tw_reuse $reuse, timestamps $timestamps: $helps',
    ({ target, reuse, timestamps, helps }) =>
      inNetwork(async (network) => {
        const before = { 'ipv4.tcp_tw_reuse': reuse, 'ipv4.tcp_timestamps': timestamps };
        network.sysctl({ ...before, ...reuseDelay(REUSED_AT_ONCE_MS) });
        fillWithTimeWaits(network, target);
        letReuseBegin();
        for (const source of SOURCES) {
          const text = await advised(source, target);
          if (helps) expect(text, source).toContain('sysctl -w net.ipv4.tcp_tw_reuse=1');
          else expect(text, source).not.toContain('tcp_tw_reuse');
        }
        countConnects(network, target);
        network.sysctl({ 'ipv4.tcp_tw_reuse': 1 });
        expect(countConnects(network, target), 'more by the advice').toBe(helps ? 100 : 0);
      }),
  );
});
