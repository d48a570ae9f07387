import type { Network } from '../../deploy/demo/lab/network.ts';
import { Incidents } from '../../src/incidents/incidents.ts';
import { Poller } from '../../src/sampler/poll.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { pollOptions } from './pools.ts';
import { SteppedClock } from './stepped-clock.ts';

/** Polls of the namespace that this thread is in, and the incidents that they make; time is stepped. */
export class IncidentStage {
  readonly clock = new SteppedClock();
  readonly changes: string[] = [];
  readonly incidents = new Incidents((change) => this.changes.push(change));
  #poller = this.#newPoller();

  /** A poll every `intervalSeconds`, so many times; the last one. */
  poll(times = 1, intervalSeconds = 5): Snapshot {
    let snapshot: Snapshot | undefined;
    for (let poll = 0; poll < times; poll += 1) {
      this.clock.step(intervalSeconds);
      snapshot = this.#poller.poll();
      this.incidents.update(snapshot);
    }
    if (snapshot === undefined) throw new RangeError('no poll');
    return snapshot;
  }

  /** What becomes of the incidents when the sampler's thread dies: another one knows nothing of the past. */
  die(): void {
    this.incidents.samplerDied(this.clock.unixSeconds());
    this.#poller = this.#newPoller();
  }

  #newPoller(): Poller {
    const options = pollOptions('/proc');
    const namespaces = { ...options.namespaces, discover: 'off' as const };
    return new Poller({ ...options, namespaces }, { clock: this.clock });
  }
}

/** A service at 127.0.0.1:80, to which connections may be opened. */
export function serve(network: Network): (count: number) => void {
  const target = { to: '127.0.0.1', port: 80 };
  const listener = network.listen(target.to, target.port);
  return (count) => {
    network.connections(count, target, listener);
  };
}
