import { writeFileSync } from 'node:fs';
import { reborn } from '../support/reborn.ts';
import { describe, expect, test } from 'vitest';
import type { Daemon } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { type Host, type Resident, type Tier } from '../support/host.ts';
import { A, hold, logOf, onHost, pidOnHost, untilShown } from '../support/story.ts';
import { localPort } from '../../deploy/demo/lab/syscalls.ts';

/** The number of a namespace comes back with the next one; what was known of the first life must not. */

/** Ports that the two lives hold, and the range that is assumed of both. */
const [FIRST, SECOND, CAPACITY] = [600, 80, 28_232];

/** What a page says of one namespace, in short. */
function lifeOn(page: Exposition, netns: string): string {
  const of = { netns, protocol: 'tcp' };
  const held = page.find('endpoint_held', of);
  if (held === undefined) return 'none';
  const peak = page.value('endpoint_usage_ratio_peak', of) * CAPACITY;
  return `${held} held, ${Math.round(peak)} at the peak`;
}

/** Pages until the second life is shown, each as `lifeOn` tells it, without repetitions. */
async function pagesUntilSecond(daemon: Daemon, netns: string): Promise<readonly string[]> {
  const pages: string[] = [];
  await daemon.until('the second life is shown', async () => {
    const now = lifeOn(await daemon.metrics(), netns);
    if (pages.at(-1) !== now) pages.push(now);
    return now.startsWith(`${SECOND} held`);
  });
  return pages;
}

function firedIn(daemon: Daemon, netns: string): readonly (number | undefined)[] {
  return logOf(daemon)
    .filter((line) => line.netns === netns && line.change === 'fired')
    .map(({ held }) => held);
}

async function lastPoll(daemon: Daemon): Promise<number> {
  return (await daemon.metrics()).value('poll_last_success_timestamp_seconds');
}

/** Whoever makes namespaces at the same time may take the number; a planted error is no such chance. */
const RETRIES = process.env['MUTANT'] === undefined ? 2 : 0;

describe('a number that comes back', { timeout: 150_000, retry: RETRIES }, () => {
  for (const tier of ['none', 'full'] as const) {
    test(
      `${tier}: after a poll has missed it: the second life inherits nothing`,
      onHost(async ({ host, start }) => {
        const first = await host.namespace();
        const { netns } = first;
        const sockets = hold(first, FIRST);
        const daemon = await start(tier);
        expect(lifeOn(await untilShown(daemon, netns), netns)).toBe('600 held, 600 at the peak');
        sockets.dispose();
        first.kill();
        expect(lifeOn(await daemon.nextPoll(), netns)).toBe('none');
        hold(await reborn(host, netns), SECOND);
        const pages = await pagesUntilSecond(daemon, netns);
        expect(pages).toEqual(['none', '80 held, 80 at the peak']);
        expect(firedIn(daemon, netns)).toEqual([FIRST, SECOND]);
      }),
    );

    // At this interval each poll looks for new processes, so the next one knows those of the second life.
    test(
      `${tier}: between two polls: the second life inherits nothing`,
      onHost(async ({ host, start }) => {
        const first = await host.namespace();
        const { netns } = first;
        const sockets = hold(first, FIRST);
        const daemon = await start(tier, '--poll.interval=15s');
        await daemon.until('the first life is shown', async () => {
          return lifeOn(await daemon.metrics(), netns) === '600 held, 600 at the peak';
        });
        const polledAt = await lastPoll(daemon);
        sockets.dispose();
        first.kill();
        hold(await reborn(host, netns), SECOND);
        if ((await lastPoll(daemon)) !== polledAt) throw new Error('there was a poll in between');
        const pages = await pagesUntilSecond(daemon, netns);
        expect(pages).toEqual(['600 held, 600 at the peak', 'none', '80 held, 80 at the peak']);
        expect(firedIn(daemon, netns)).toEqual([FIRST, SECOND]);
        expect(logOf(daemon).filter(({ change }) => change === 'cleared')).toEqual([]);
      }),
    );
  }
});

/** A process of the host in a new namespace; it moves on by `command` once the function is called. */
async function mover(host: Host, command: string): Promise<{ resident: Resident; go: () => void }> {
  const go = temporaryFile(`go-${command.length}-${String(performance.now())}`, '');
  const wait = `while [ ! -s ${go} ]; do sleep 0.1; done`;
  const resident = await host.namespace(
    `ip link set lo up; echo ready; ${wait}; exec ${command} sleep 1000`,
  );
  return {
    resident,
    go: () => {
      writeFileSync(go, 'go');
    },
  };
}

async function untilMoved(daemon: Daemon, { resident, from }: Moved): Promise<void> {
  await daemon.until('it has moved', () => Promise.resolve(resident.netns !== from));
}

interface Moved {
  readonly resident: Resident;
  readonly from: string;
}

describe('a process that moves on while others stay', () => {
  for (const tier of ['none', 'full'] as const satisfies readonly Tier[]) {
    test(
      `${tier}: into a namespace of its own: both are shown, each with its own sockets`,
      onHost(async ({ host, start }) => {
        const { resident, go } = await mover(host, 'unshare --net');
        const from = resident.netns;
        await host.beside(resident);
        hold(resident, FIRST);
        const daemon = await start(tier);
        await untilShown(daemon, from);
        go();
        await untilMoved(daemon, { resident, from });
        hold(upped(resident), SECOND);
        const page = await untilShown(daemon, resident.netns);
        expect(lifeOn(page, resident.netns)).toBe('80 held, 80 at the peak');
        expect(lifeOn(page, from)).toBe('600 held, 600 at the peak');
        expect(firedIn(daemon, from)).toEqual([FIRST]);
        expect(firedIn(daemon, resident.netns)).toEqual([SECOND]);
      }),
    );

    test(
      `${tier}: into another that listens on the ports of the first: nothing is learnt from there`,
      onHost(async ({ host, start }) => {
        const other = await host.namespace();
        const { resident, go } = await mover(host, `nsenter --target=${pidOnHost(other)} --net`);
        const from = resident.netns;
        await host.beside(resident);
        const ports = resident.inside((network) => {
          const listener = network.listen(A.to, A.port);
          return network.connections(FIRST, A, listener).map(({ client }) => localPort(client));
        });
        other.inside((network) => {
          for (const port of ports) network.listen('127.0.0.1', port);
        });
        const daemon = await start(tier, '--poll.interval=2s');
        expect(lifeOn(await untilShown(daemon, from), from)).toBe('600 held, 600 at the peak');
        go();
        await untilMoved(daemon, { resident, from });
        await daemon.nextPoll();
        expect(lifeOn(await daemon.nextPoll(), from)).toBe('600 held, 600 at the peak');
        expect(firedIn(daemon, from)).toEqual([FIRST]);
      }),
    );
  }
});

/** Its new namespace has no loopback device up yet. */
function upped(resident: Resident): Resident {
  resident.inside((network) => {
    network.raiseLoopback();
  });
  return resident;
}
