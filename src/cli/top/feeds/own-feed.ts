import type { Overview } from '../../../answers/overview/overview.ts';
import type { AlertsOptions } from '../../../alerts/rules.ts';
import type { PollReport, WorkerOptions } from '../../../sampler/messages.ts';
import { Sampler } from '../../../sampler/sampler.ts';
import { type Feed, PollError } from './feed.ts';

/** Polls of this process, in a thread of its own, so that keys are answered while a huge host is being read. */
export class OwnFeed implements Feed {
  readonly source: string;
  readonly #sampler: Sampler;
  #isStarted = false;

  /** `reason` says why no daemon is asked. */
  constructor(options: WorkerOptions, reason: string) {
    this.source = `its own polls (${reason})`;
    this.#sampler = new Sampler(withoutHolds(options));
  }

  async next(): Promise<Overview> {
    const report = await this.#nextReport();
    if (!report.ok) throw new PollError(`poll failed: ${report.problem}`);
    const answer = await this.#sampler.ask({ about: 'overview' });
    if (answer?.ok !== true) throw new PollError('the poll gave no overview');
    return JSON.parse(new TextDecoder().decode(answer.json)) as Overview;
  }

  close(): Promise<boolean> {
    return this.#sampler.stop();
  }

  #nextReport(): Promise<PollReport> {
    const sampler = this.#sampler;
    const report = new Promise<PollReport>((resolve, reject) => {
      const ended = (found: PollReport): void => {
        sampler.off('death', died);
        resolve(found);
      };
      const died = ({ error }: { readonly error: Error }): void => {
        sampler.off('poll', ended);
        reject(new PollError('the thread that polls has died', { cause: error }));
      };
      sampler.once('poll', ended).once('death', died);
    });
    if (!this.#isStarted) sampler.start();
    this.#isStarted = true;
    return report;
  }
}

/** Somebody looks now: what an alert would wait for before it wakes anybody is shown at once. */
function withoutHolds(options: WorkerOptions): WorkerOptions {
  const { poll } = options;
  const entries = Object.entries(poll.alerts).map(([name, rule]) => [name, { ...rule, for: 0 }]);
  const alerts = Object.fromEntries(entries) as AlertsOptions;
  return { ...options, poll: { ...poll, alerts } };
}
