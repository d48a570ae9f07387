import { defaultConfig } from '../../src/config/defaults.ts';
import type { Config } from '../../src/config/schema.ts';
import { parseFlags } from '../../src/cli/flags/flags.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { settingsOf } from '../../src/settings.ts';
import { argument, serve } from './child.ts';
import { CLOCK, pass } from './clock.ts';
import { costed } from './cost.ts';

/** A process that polls as a daemon does whose owners are on, or off; 5 s go by between two polls. */

const INTERVAL_MS = 5000;
const ONLY_HERE: Config['namespaces'] = { discover: 'off', include: [], exclude: [], limit: 1 };

const owners = argument() as Config['owners'];
const config = { ...defaultConfig(), namespaces: ONLY_HERE, owners };
const settings = settingsOf(parseFlags([]), { version: '', revision: '' }, config);
const poller = new Poller(settings.sampler.poll, { clock: CLOCK });

serve({
  poll: costed(() => {
    pass(INTERVAL_MS);
    poller.poll();
  }),
});
