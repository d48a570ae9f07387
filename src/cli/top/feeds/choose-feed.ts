import type { Overview } from '../../../answers/overview/overview.ts';
import type { WorkerOptions } from '../../../sampler/messages.ts';
import { type FlagValues, valueOf } from '../../flags/arguments.ts';
import { DaemonClient, DEFAULT_DAEMON } from '../../daemon/daemon-client.ts';
import { DaemonError } from '../../daemon/daemon-error.ts';
import { FlagError } from '../../flags/flag.ts';
import { DaemonFeed } from './daemon-feed.ts';
import type { Feed } from './feed.ts';

/** A feed, and what it has given already. */
export interface ChosenFeed {
  readonly feed: Feed;
  readonly first?: Overview;
}

/**
 * A daemon where one answers, else polls of our own. Throws `FlagError` where flags exclude each other, and `DaemonError` where
 * the one that `--from` names gives no answer: who names one does not want other numbers.
 */
export async function chooseFeed(values: FlagValues, options: WorkerOptions): Promise<ChosenFeed> {
  const from = valueOf(values, 'from');
  const own = ownReason(values);
  if (from !== undefined) {
    if (own !== undefined) throw new FlagError(`--from and ${own}: a daemon has flags of its own`);
    return asked(from);
  }
  if (own !== undefined) return { feed: await ownFeed(options, own) };
  try {
    return await asked(DEFAULT_DAEMON);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    const reason = error.kind === 'absent' ? `no daemon at ${DEFAULT_DAEMON}` : error.message;
    return { feed: await ownFeed(options, reason) };
  }
}

/** How long is waited for the first good poll of a daemon, which may have just started. Chosen: one of 800,000 sockets takes 2 s. */
const START_MS = 3000;

async function asked(from: string): Promise<ChosenFeed> {
  const feed = new DaemonFeed(new DaemonClient(from));
  try {
    return { feed, first: await firstOf(feed) };
  } catch (error) {
    await feed.close();
    throw error;
  }
}

/** The feed waits by itself before it asks once more. */
async function firstOf(feed: DaemonFeed): Promise<Overview> {
  const untilMs = performance.now() + START_MS;
  for (;;) {
    try {
      return await feed.next();
    } catch (error) {
      const isStarting = error instanceof DaemonError && error.kind === 'not ready';
      if (!isStarting || performance.now() > untilMs) throw error;
    }
  }
}

/** Flags that say how to poll; the first that was given. */
function ownReason(values: FlagValues): string | undefined {
  const names = [...values.keys()];
  const found = names.find((name) => /^(?:no-daemon$|poll\.|path\.|config\.)/.test(name));
  return found === undefined ? undefined : `--${found}`;
}

/** Loaded only where it is needed: beside a daemon `top` takes less memory. */
async function ownFeed(options: WorkerOptions, reason: string): Promise<Feed> {
  const { OwnFeed } = await import('./own-feed.ts');
  return new OwnFeed(options, reason);
}
