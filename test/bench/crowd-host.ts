import { Network } from '../../deploy/demo/lab/network.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { parseFlags } from '../../src/cli/flags/flags.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { settingsOf } from '../../src/settings.ts';
import { argument, serve, tell } from './child.ts';
import { StillClock } from './clock.ts';
import { costed } from './cost.ts';
import { type Floor, netlinkFloorOf, tablesFloor } from './floor.ts';
import { namespacePaths } from './neighbours.ts';
import { openCrowd, openLoopback } from './population.ts';
import { type Crowd, ProcTree } from './proc-tree.ts';

/** A host whose namespaces are all busy, and a poller that reads them all. */
export interface CrowdHostOptions extends Crowd {
  /** Where the tables are files; undefined: there are real namespaces and sockets, read by netlink. */
  readonly procfs?: string;
}

/** At most this many polls until all namespaces are found, and as many as make a steady state. */
const MOST_POLLS = 20;
const STEADY_POLLS = 3;

/** Far less than what anything that is done once in a while waits. */
const STEP_MS = 50;

/** Connections of the host itself, then those of its neighbours. */
async function open({ namespaces, endpoints }: Crowd): Promise<Floor> {
  Network.here().raiseLoopback();
  await openLoopback(endpoints, (count) => count);
  await openCrowd(namespaces - 1, endpoints);
  return netlinkFloorOf(namespacePaths());
}

const options = argument() as CrowdHostOptions;
const { procfs, namespaces } = options;
const floor =
  procfs === undefined ? await open(options) : tablesFloor(ProcTree.directories(procfs, options));

const source = procfs === undefined ? 'netlink' : 'proc';
const flags = parseFlags([`--poll.source=${source}`, `--path.procfs=${procfs ?? '/proc'}`]);
const settings = settingsOf(flags, { version: '', revision: '' }, defaultConfig());
const clock = new StillClock();
const poller = new Poller(settings.sampler.poll, { clock });

/** Namespaces and socket rows that were read. */
function poll(): readonly [number, number] {
  clock.step(STEP_MS);
  const { counts, sources } = poller.poll();
  return [counts.scanned, sources.reduce((sum, { rows }) => sum + rows, 0)];
}

/** Polls until all namespaces are found, and a few times more. */
function settle(): void {
  for (let polls = 0; polls < MOST_POLLS && poll()[0] < namespaces; polls += 1);
  for (let polls = 0; polls < STEADY_POLLS; polls += 1) poll();
  const [read, rows] = poll();
  if (read === namespaces && rows >= namespaces * options.endpoints) return;
  throw new Error(`expected ${namespaces} namespaces, found ${read} with ${rows} sockets`);
}

settle();
serve({ poll: costed(poll), floor: costed(floor) });
await tell('open');
