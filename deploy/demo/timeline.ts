/** Who tells of an alert, in the order in which it travels. */
export const SOURCES = ['exporter', 'Prometheus', 'Alertmanager'] as const;
export type Source = (typeof SOURCES)[number];

/** An alert that reached somebody. Times are in milliseconds. */
export interface SeenAlert {
  readonly source: Source;
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
export class Timeline {
  /** When the client began. */
  begin = Date.now();
  refusal: Refusal | undefined;
  readonly #seen: SeenAlert[] = [];

  /** Keeps what is new; false for what was seen before. */
  add(news: SeenAlert): boolean {
    const { source, alert } = news;
    if (this.#seen.some((old) => old.source === source && old.alert === alert)) return false;
    this.#seen.push(news);
    return true;
  }

  /** When the first warning reached this one. */
  firstWarning(source: Source): SeenAlert | undefined {
    return this.#seen.find((seen) => seen.source === source && seen.alert.startsWith('warning '));
  }

  /** Seconds between the end of the warning's way and the first refused connect; undefined without both. */
  get leadSeconds(): number | undefined {
    const warned = this.firstWarning('Alertmanager');
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
