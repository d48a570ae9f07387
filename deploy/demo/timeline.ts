/** The programs that an alert passes through, in this order. */
export const SOURCES = ['exporter', 'Prometheus', 'Alertmanager'] as const;
export type Source = (typeof SOURCES)[number];

/** An alert that was seen firing at a source. */
export interface SeenAlert {
  readonly source: Source;
  /** `warning EphemeralPortsForecast` */
  readonly alert: string;
  /** Unix milliseconds. */
  readonly time: number;
}

/** A call that the kernel refused for lack of a port. */
export interface Refusal {
  readonly message: string;
  /** Unix milliseconds. */
  readonly time: number;
}

/** The least lead for the warning to have come in time: a minute in which a person or a machine can act. */
export const WANTED_LEAD_SECONDS = 60;

/** What has happened so far, and when. */
export class Timeline {
  /** When the client began, in Unix milliseconds. */
  begin = Date.now();
  refusal: Refusal | undefined;
  readonly #seen: SeenAlert[] = [];

  /** Adds an alert; false where this source has shown it before. */
  add(alert: SeenAlert): boolean {
    const isKnown = this.#seen.some(
      (old) => old.source === alert.source && old.alert === alert.alert,
    );
    if (!isKnown) this.#seen.push(alert);
    return !isKnown;
  }

  /** The first warning that was seen at this source. */
  firstWarning(source: Source): SeenAlert | undefined {
    return this.#seen.find((seen) => seen.source === source && seen.alert.startsWith('warning '));
  }

  /** Seconds from the notification by Alertmanager to the first refused call; undefined without both. */
  get leadSeconds(): number | undefined {
    const warned = this.firstWarning('Alertmanager');
    if (warned === undefined || this.refusal === undefined) return undefined;
    return (this.refusal.time - warned.time) / 1000;
  }

  /** Whether the warning came early enough. */
  get inTime(): boolean {
    return (this.leadSeconds ?? 0) >= WANTED_LEAD_SECONDS;
  }

  /** The time since the client began, such as `1:05`, in minutes and seconds. */
  clock(time: number): string {
    const seconds = Math.max(0, Math.floor((time - this.begin) / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
  }
}
