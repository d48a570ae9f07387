import { nameOf, isAboutService, type Alert } from './alert.ts';
import type { Stack } from './stack.ts';
import type { ClientReport } from './client-report.ts';
import { firedAlerts } from './exporter.ts';
import { takeReading } from './reading.ts';
import { SERVICE } from './addresses.ts';
import type { Screen } from './screen.ts';
import { Timeline, type SeenAlert } from './timeline.ts';
import { block, line, paragraph } from './view.ts';

/** It ends after this long, also where no connect is refused. */
const LIMIT_SECONDS = 280;

/** Watches the client until a connect is refused, and keeps what was seen when. */
export class Run {
  readonly timeline = new Timeline();
  readonly #stack: Stack;
  readonly #screen: Screen;

  constructor(stack: Stack, screen: Screen) {
    this.#stack = stack;
    this.#screen = screen;
  }

  /** Takes what the client tells. */
  takeReport(report: ClientReport): void {
    if ('began' in report) {
      this.timeline.begin = report.began;
      return;
    }
    this.timeline.refusal = { message: report.refused, time: report.time };
    this.#print('client', report.time, `refused: ${report.refused}`);
  }

  /** Takes a notification. */
  takeNotification(alert: Alert): void {
    if (!isAboutService(alert)) return;
    const { description, summary = '' } = alert.annotations ?? {};
    const seen = { source: 'Alertmanager', alert: nameOf(alert), time: Date.now() } as const;
    this.#record(seen, description ?? summary);
  }

  /** Looks once a second until a connect is refused, then once more. */
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

  async poll(): Promise<void> {
    const reading = await takeReading();
    for (const { name, time, msg } of firedAlerts(this.#stack.exporter)) {
      this.#record({ source: 'exporter', alert: name, time }, sentence(msg));
    }
    for (const alert of reading.prometheus) {
      this.#record({ source: 'Prometheus', alert, time: Date.now() }, '');
    }
    const clock = this.timeline.clock(Date.now());
    this.#screen.showState(line(clock, reading), block(clock, reading));
  }

  #record(news: SeenAlert, more: string): void {
    const colon = more === '' ? '' : ': ';
    if (this.timeline.add(news))
      this.#print(news.source, news.time, `${news.alert}${colon}${more}`);
  }

  #print(who: string, time: number, what: string): void {
    this.#screen.print(paragraph(`${this.timeline.clock(time)}  ${who.padEnd(14)}`, what));
  }
}

const SUBJECT = `${SERVICE.host}:${SERVICE.port}: `;

/** What is wrong, without the names before and the advice after: here both are always the same. */
function sentence(message: string): string {
  const begin = message.lastIndexOf(SUBJECT) + SUBJECT.length;
  return message.slice(begin).replace(/\. [A-Z].*$/, '');
}
