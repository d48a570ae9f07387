import { readBuildInfo } from '../../src/build-info.ts';
import { parseFlags } from '../../src/cli/flags/flags.ts';
import { loadConfig } from '../../src/config/load.ts';
import { MetricsPage } from '../../src/metrics/page.ts';
import { Poller, type PollOptions } from '../../src/sampler/poll.ts';
import { addMalformedRows, type SamplerStatus } from '../../src/sampler/sampler.ts';
import { selfStatus } from '../../src/self-status.ts';
import { type Settings, settingsOf } from '../../src/settings.ts';
import { openTcpRows, type TcpRows } from '../../src/kernel/bpf/tcp-rows.ts';
import type { SourceName } from '../../src/kernel/socket-row.ts';
import type { SnapshotDetails } from '../../src/snapshot/details.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { hasBpf } from './bpf.ts';
import { EXPORT_ALL } from './exporter.ts';
import { SteppedClock } from './stepped-clock.ts';

/**
 * The exporter without its process: the flags and the configuration that the program would have, polls in
 * this thread, and the page that it would serve after each.
 */

const BUILD = readBuildInfo();

/** Where sockets can be read here; what one source shows the others must show too. */
export const SOURCES: readonly Source[] = hasBpf()
  ? ['proc', 'netlink', 'bpf']
  : ['proc', 'netlink'];
export type Source = SourceName;
/** What `auto` takes here. */
export const BEST: Source = hasBpf() ? 'bpf' : 'netlink';

/** What the page shows: it is built once for all polls of a test file, as it is for all polls of a daemon. */
interface Shown {
  readonly settings: Settings;
  readonly snapshot: Snapshot;
  readonly status: SamplerStatus;
}

let shown: Shown | undefined;

const page = new MetricsPage({
  names: () => current().settings.names,
  snapshot: () => current().snapshot,
  latestPoll: () => current(),
  status: () => selfStatus(current().settings, current().status),
});

function current(): Shown {
  if (shown === undefined) throw new Error('there was no poll');
  return shown;
}

/** How a test wants its polls. */
export interface PollsOptions {
  /** Flags of the program; without `--config.file` every endpoint of the own namespace is exported. */
  readonly flags?: readonly string[];
  /** There will be one poll alone, as by `--once`. */
  readonly once?: boolean;
  /** Refused calls are counted too, where they can be. Loading the programs for that takes longer than most scenarios. */
  readonly failures?: boolean;
}

let keptRows: TcpRows | undefined;

/** The BPF program that lists sockets, loaded once for all polls of this process. */
function openKept(): TcpRows {
  const rows = (keptRows ??= openTcpRows());
  return { read: (visit, range) => rows.read(visit, range), close: () => undefined };
}

/**
 * Polls of the namespace that this thread is in, one a second by a clock of their own. They belong to that
 * namespace: another one needs polls of its own. They look for no owners: going through all processes of the machine takes
 * longer than most scenarios.
 */
export class Polls {
  readonly clock = new SteppedClock();
  readonly #once: boolean;
  readonly #failures: boolean;
  readonly #poller: Poller;
  #settings: Settings;
  #malformedRows: SamplerStatus['malformedRows'] = new Map();

  constructor({ flags = [], once = false, failures = false }: PollsOptions = {}) {
    this.#once = once;
    this.#failures = failures;
    this.#settings = settingsFor(flags);
    const { clock } = this;
    this.#poller = new Poller(this.#optionsOf(this.#settings), { clock, openTcpRows: openKept });
  }

  /** The page after the next poll, `intervalSeconds` after the last. Throws `KernelError`. */
  async next(intervalSeconds = this.#settings.sampler.intervalSeconds): Promise<Exposition> {
    this.clock.step(intervalSeconds);
    const snapshot = this.#poller.poll();
    this.#malformedRows = addMalformedRows(this.#malformedRows, snapshot);
    const lastPoll = { ok: true, snapshot, skippedPolls: 0 } as const;
    const malformedRows = this.#malformedRows;
    const status = { snapshot, lastPoll, malformedRows, skippedPolls: 0, isOverdue: false };
    shown = { settings: this.#settings, snapshot, status };
    return new Exposition((await page.current()).text.toString());
  }

  /** Everything that the last poll found. */
  get details(): SnapshotDetails {
    const details = this.#poller.details();
    if (details === undefined) throw new Error('there was no poll');
    return details;
  }

  /** Puts other flags in force, as a reload does. */
  reconfigure(...flags: readonly string[]): void {
    this.#settings = settingsFor(flags);
    this.#poller.reconfigure(this.#optionsOf(this.#settings));
  }

  /** Gives back what is open: netlink sockets, which keep the namespace alive, and what counts failures. */
  close(): void {
    const options = this.#optionsOf(this.#settings);
    this.#poller.reconfigure({ ...options, source: 'proc', failures: 'off' });
  }

  #optionsOf({ sampler }: Settings): Settings['sampler']['poll'] {
    const { poll } = sampler;
    const failures = this.#failures ? poll.failures : 'off';
    const owners = { ...poll.owners, find: 'off' } as const;
    return { ...poll, failures, owners, once: this.#once };
  }
}

function settingsFor(flags: readonly string[]): Settings {
  const parsed = parseFlags(['--poll.interval=1s', `--config.file=${EXPORT_ALL}`, ...flags]);
  return settingsOf(parsed, BUILD, loadConfig(parsed.configFile ?? EXPORT_ALL));
}

/** The metrics of one poll alone, in the namespace that this thread is in. */
export async function pollOnce(source: Source = 'proc'): Promise<Exposition> {
  const polls = new Polls({ flags: [`--poll.source=${source}`], once: true });
  try {
    const exposition = await polls.next();
    assertSource(exposition, source);
    return exposition;
  } finally {
    polls.close();
  }
}

/** Fails where another source than `source` answered. */
export function assertSource(page: Exposition, source: Source): void {
  const answered = SOURCES.filter((name) => page.find('poll_success', { source: name }) === 1);
  if (answered.join() !== source) throw new Error(`${answered.join()} answered, not ${source}`);
}

/** What one poll of the namespace that this thread is in needs, whichever source is the best here. */
export function onceOptions(): PollOptions {
  return { ...settingsFor([]).sampler.poll, once: true };
}
