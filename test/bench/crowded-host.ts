import { defaultConfig } from '../../src/config/defaults.ts';
import { parseFlags } from '../../src/cli/flags/flags.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { settingsOf } from '../../src/settings.ts';
import { argument, serve, tell } from './child.ts';
import { CLOCK, pass } from './clock.ts';
import { tablesFloor } from './floor.ts';
import { netDirectories, startBusy, startIdle } from './neighbours.ts';
import { timed } from './rounds.ts';
import type { Source } from './source.ts';

/** A host with many network namespaces, and a poller that finds them. Its own is the one it is started in. */
export interface Crowd {
  readonly source: Source;
  readonly busy: number;
  readonly connections: number;
  readonly idle: number;
}

/** What a poll found, to be sure that it is the poll that was meant. */
export interface Found {
  readonly read: number;
  readonly gated: number;
}

const INTERVAL_MS = 5000;

const { source, busy, connections, idle } = argument() as Crowd;
for (let started = 0; started < busy; started += 1) await startBusy(connections);
await startIdle(idle);

const flags = parseFlags([`--poll.source=${source}`]);
const settings = settingsOf(flags, { version: '', revision: '' }, defaultConfig());
const poller = new Poller(settings.sampler.poll, { clock: CLOCK });
const poll = timed(() => poller.poll());

serve({
  /** As if it were an interval after the last. */
  poll: () => {
    pass(INTERVAL_MS);
    return poll();
  },
  floor: timed(tablesFloor(netDirectories())),
  found: (): Found => {
    const { scanned, gated } = poller.poll().counts;
    return { read: scanned, gated };
  },
});
await tell('open');
