import { nameOf, isOurs, type Alert } from './alert.ts';
import type { Cast } from './stack.ts';
import type { ClientReport } from './client-report.ts';
import { firedAlerts } from './exporter.ts';
import { takeReading } from './reading.ts';
import { SERVICE } from './addresses.ts';
import type { Screen } from './screen.ts';
import { Story, type Told } from './timeline.ts';
import { block, line, paragraph } from './view.ts';

/** It ends after this long, also where no connect is refused. */
const LIMIT_SECONDS = 280;

/** Watches the client until a connect is refused, and keeps what was told when. */
export class Play {
  readonly story = new Story();
  readonly #cast: Cast;
  readonly #screen: Screen;

  constructor(cast: Cast, screen: Screen) {
    this.#cast = cast;
    this.#screen = screen;
  }

  /** Takes what the client tells. */
  hear(report: ClientReport): void {
    if ('began' in report) {
      this.story.begin = report.began;
      return;
    }
    this.story.refusal = { message: report.refused, time: report.time };
    this.#news('client', report.time, `refused: ${report.refused}`);
  }

  /** Takes a notification. */
  page(alert: Alert): void {
    if (!isOurs(alert)) return;
    const { description, summary = '' } = alert.annotations ?? {};
    const told = { teller: 'Alertmanager', alert: nameOf(alert), time: Date.now() } as const;
    this.#tell(told, description ?? summary);
  }

  /** Looks once a second until a connect is refused, then once more. */
  async watch(): Promise<void> {
    const end = this.story.begin + LIMIT_SECONDS * 1000;
    while (this.story.refusal === undefined && Date.now() < end) {
      await this.look();
      await this.#cast.pause(1000 - (Date.now() % 1000));
    }
    await this.#cast.pause(1000);
    await this.look();
    this.#screen.settle();
  }

  async look(): Promise<void> {
    const reading = await takeReading();
    for (const { name, time, msg } of firedAlerts(this.#cast.exporter)) {
      this.#tell({ teller: 'exporter', alert: name, time }, sentence(msg));
    }
    for (const alert of reading.prometheus) {
      this.#tell({ teller: 'Prometheus', alert, time: Date.now() }, '');
    }
    const clock = this.story.clock(Date.now());
    this.#screen.show(line(clock, reading), block(clock, reading));
  }

  #tell(news: Told, more: string): void {
    const colon = more === '' ? '' : ': ';
    if (this.story.tell(news)) this.#news(news.teller, news.time, `${news.alert}${colon}${more}`);
  }

  #news(who: string, time: number, what: string): void {
    this.#screen.say(paragraph(`${this.story.clock(time)}  ${who.padEnd(14)}`, what));
  }
}

const SUBJECT = `${SERVICE.host}:${SERVICE.port}: `;

/** What is wrong, without the names before and the advice after: here both are always the same. */
function sentence(message: string): string {
  const begin = message.lastIndexOf(SUBJECT) + SUBJECT.length;
  return message.slice(begin).replace(/\. [A-Z].*$/, '');
}
