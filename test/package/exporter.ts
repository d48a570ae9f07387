import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import type { RunningDebian } from './debian.ts';
import { until } from './debian.ts';
import { UNIT } from './tiers.ts';

/** The installed exporter, as its host sees it. */
export class Exporter {
  readonly host: RunningDebian;

  constructor(host: RunningDebian) {
    this.host = host;
  }

  /** A property of the unit. */
  show(property: string): string {
    return this.host.say(`systemctl show --value --property=${property} ${UNIT}`);
  }

  get pid(): number {
    return Number(this.show('MainPID'));
  }

  get isActive(): boolean {
    return this.show('ActiveState') === 'active';
  }

  /** A line of /proc/PID/status. */
  status(name: string): string {
    const text = this.host.say(`cat /proc/${this.pid}/status`);
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1] ?? '';
  }

  /** The page; empty while it does not answer. */
  page(): string {
    return this.host.run('curl --silent --fail --max-time 5 http://localhost:9065/metrics').output;
  }

  metrics(): Exposition {
    return new Exposition(this.page());
  }

  async untilPolled(): Promise<void> {
    const polled = (): boolean =>
      this.metrics().find('poll_last_success_timestamp_seconds') !== undefined;
    await until('it has polled', polled);
  }

  /** What it has logged since the last start of its unit. */
  log(): string {
    return this.host.say(
      `journalctl --unit=${UNIT} --output=cat --invocation=0 --no-pager || true`,
    );
  }
}
