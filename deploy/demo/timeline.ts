/** Who tells of an alert, in the order in which it travels. */
export const TELLERS = ['exporter', 'Prometheus', 'Alertmanager'] as const;
export type Teller = (typeof TELLERS)[number];

/** An alert that reached somebody. Times are in milliseconds. */
export interface Told {
  readonly teller: Teller;
  /** `warning EphemeralPortsForecast` */
  readonly alert: string;
  readonly time: number;
}

export interface Refusal {
  readonly message: string;
  readonly time: number;
}

/** The least lead, in seconds, for the warning to have come in time. */
export const WANTED_LEAD_SECONDS = 60;

/** What has happened so far, and when. */
export class Story {
  /** When the client began. */
  begin = Date.now();
  refusal: Refusal | undefined;
  readonly #told: Told[] = [];

  /** Keeps what is new; false for what was told before. */
  tell(news: Told): boolean {
    const { teller, alert } = news;
    if (this.#told.some((old) => old.teller === teller && old.alert === alert)) return false;
    this.#told.push(news);
    return true;
  }

  /** When the first warning reached this one. */
  warned(teller: Teller): Told | undefined {
    return this.#told.find((told) => told.teller === teller && told.alert.startsWith('warning '));
  }

  /** Seconds between the end of the warning's way and the first refused connect; undefined without both. */
  get leadSeconds(): number | undefined {
    const warned = this.warned('Alertmanager');
    if (warned === undefined || this.refusal === undefined) return undefined;
    return (this.refusal.time - warned.time) / 1000;
  }

  get inTime(): boolean {
    return (this.leadSeconds ?? 0) >= WANTED_LEAD_SECONDS;
  }

  /** `1:05` after the client began. */
  clock(time: number): string {
    const seconds = Math.max(0, Math.floor((time - this.begin) / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
}
