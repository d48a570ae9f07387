import { nameOf, type Alert } from './alert.ts';
import type { Stack } from './stack.ts';
import type { ClientReport } from './client-report.ts';
import { firedAlerts } from './exporter.ts';
import { takeReading } from './reading.ts';
import type { Scenario } from './scenario.ts';
import type { Screen } from './screen.ts';
import { Timeline, type SeenAlert } from './timeline.ts';
import { block, line, paragraph } from './view.ts';

/** The run ends after this long, also where no call is refused: with the start and the end, below five minutes. */
const LIMIT_SECONDS = 280;

/** One run: watches the client until a call is refused, prints what happens, and keeps it in a timeline. */
export class Run {
  readonly timeline = new Timeline();
  readonly #stack: Stack;
  readonly #screen: Screen;
  readonly #scenario: Scenario;

  constructor(stack: Stack, screen: Screen, scenario: Scenario) {
    this.#stack = stack;
    this.#screen = screen;
    this.#scenario = scenario;
  }

  /** Takes a message from the client. */
  takeReport(report: ClientReport): void {
    if ('began' in report) {
      this.timeline.begin = report.began;
      return;
    }
    this.timeline.refusal = { message: report.refused, time: report.time };
    this.#print('client', report.time, `refused: ${report.refused}`);
  }

  /** Takes an alert from Alertmanager's notification. */
  takeNotification(alert: Alert): void {
    if (!this.#scenario.isAbout(alert.labels)) return;
    const { description, summary = '' } = alert.annotations ?? {};
    const seen = { source: 'Alertmanager', alert: nameOf(alert), time: Date.now() } as const;
    this.#record(seen, description ?? summary);
  }

  /** Polls all programs once a second until a call is refused, then once more. */
  async watch(): Promise<void> {
    const end = this.timeline.begin + LIMIT_SECONDS * 1000;
    while (this.timeline.refusal === undefined && Date.now() < end) {
      await this.poll();
      await this.#stack.pause(1000 - (Date.now() % 1000));
    }
    await this.#stack.pause(1000);
    await this.poll();
    this.#screen.keepState();
  }

  /** Asks all programs for their state; prints the alerts that are new, and shows the state. */
  async poll(): Promise<void> {
    const { isAbout, names } = this.#scenario;
    const reading = await takeReading(this.#scenario);
    const fired = firedAlerts(this.#stack.exporter).filter(({ labels }) => isAbout(labels));
    for (const { name, time, msg } of fired) {
      this.#record({ source: 'exporter', alert: name, time }, sentence(msg, names));
    }
    for (const alert of reading.prometheus) {
      this.#record({ source: 'Prometheus', alert, time: Date.now() }, '');
    }
    const clock = this.timeline.clock(Date.now());
    this.#screen.showState(line(clock, reading), block(clock, reading));
  }

  #record(seen: SeenAlert, details: string): void {
    const text = details === '' ? seen.alert : `${seen.alert}: ${details}`;
    if (this.timeline.add(seen)) this.#print(seen.source, seen.time, text);
  }

  #print(who: string, time: number, what: string): void {
    this.#screen.print(paragraph(`${this.timeline.clock(time)}  ${who.padEnd(14)}`, what));
  }
}

/** The middle of the exporter's message. The names before and the advice after are the same in each of the demo's. */
function sentence(message: string, names: readonly string[]): string {
  const name = names.find((each) => message.includes(each)) ?? '';
  const begin = message.lastIndexOf(name) + name.length;
  return message.slice(begin).replace(/\. [A-Z].*$/, '');
}
