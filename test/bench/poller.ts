import { defaultConfig } from '../../src/config/defaults.ts';
import { parseFlags } from '../../src/flags.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { settingsOf } from '../../src/settings.ts';
import { argument, tell } from './child.ts';
import { FLOORS } from './floor.ts';
import type { Source } from './source.ts';

/** A process that polls when it is told to, and says how long it took: one poll, or its floor. */

const source = argument() as Source;
const flags = parseFlags([`--poll.source=${source}`]);
const settings = settingsOf(flags, { version: '', revision: '' }, defaultConfig());
const poller = new Poller(settings.sampler.poll);

const work: Readonly<Record<string, () => unknown>> = {
  poll: () => poller.poll(),
  floor: FLOORS[source](),
};

process.on('message', (name: string) => {
  const startMs = performance.now();
  work[name]?.();
  void tell(performance.now() - startMs);
});
process.once('disconnect', () => process.exit());
