import { defaultConfig } from '../../src/config/defaults.ts';
import type { Config } from '../../src/config/schema.ts';
import { parseFlags } from '../../src/cli/flags/flags.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { settingsOf } from '../../src/settings.ts';
import { argument, serve } from './child.ts';
import { costed } from './cost.ts';
import { FLOORS } from './floor.ts';
import type { Source } from './source.ts';

/** A process that polls when it is told to, and says what it took: one poll, or its floor. */

/** One namespace is compared: others that this machine may have would be read too. */
const ONLY_HERE: Config['namespaces'] = { discover: 'off', include: [], exclude: [], limit: 1 };

const source = argument() as Source;
const flags = parseFlags([`--poll.source=${source}`]);
const config = { ...defaultConfig(), namespaces: ONLY_HERE };
const settings = settingsOf(flags, { version: '', revision: '' }, config);
const poller = new Poller(settings.sampler.poll);

const floor = source === 'bpf' ? {} : { floor: costed(FLOORS[source]()) };
serve({ poll: costed(() => poller.poll()), ...floor });
