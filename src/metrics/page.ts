import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type Clock, SYSTEM_CLOCK } from '../kernel/clock.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { ENDPOINT_FAMILIES, endpointSamples } from './endpoint-families.ts';
import { NAMESPACE_FAMILIES, namespaceSamples } from './namespace-families.ts';
import type { RemoteNames } from '../config/remote-names.ts';
import { SELF_FAMILIES, type SelfStatus } from './self-families.ts';
import { SERVICE_PORT_FAMILIES } from './service-port-families.ts';
import { ALERT_FAMILY, alertSamples, SNAPSHOT_FAMILIES } from './snapshot-families.ts';
import { type Samples, SnapshotCounter, SnapshotGauge } from './snapshot-metric.ts';
import { type Subjects, subjectsInSteps } from './subject.ts';
import { TimeSlice } from './time-slice.ts';

/** One rendering of all metrics, in the text format 0.0.4. */
export interface Page {
  readonly text: Buffer;
  readonly gzip: Buffer;
}

export interface PageOptions {
  readonly clock?: Clock;
  /** The names in force now. */
  readonly names: () => RemoteNames;
  /** The present state of the exporter itself. */
  readonly status: () => SelfStatus;
  /** A new object after each poll, successful or not: pages rendered before it are out of date. */
  readonly latestPoll: () => object | undefined;
  /** The latest snapshot; undefined before the first poll and when the last good one is too old. */
  readonly snapshot: () => Snapshot | undefined;
  /** Whether there are the metrics of the process and of Node.js; they are unless this is false. */
  readonly exporterMetrics?: boolean;
}

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

interface Family {
  readonly name: string;
  readonly help: string;
  readonly type?: 'counter';
  readonly samples: Samples;
}

const PREFIX = 'ephemeral_ports_';
const NO_SUBJECTS: Subjects = { namespaces: [], omitted: [], endpoints: [], alerts: [] };
const compress = promisify(gzip);

/**
 * How often prom-client measures the event loop's lag: once a day, which is never. The lag is not exported, and at
 * prom-client's default of 10 ms the process would wake up a hundred times a second for it.
 */
const RARELY_MS = 86_400_000;

/**
 * Default metrics that are left out: three gauges that prom-client names `_total`, a suffix for counters; families with a
 * series for each kind of garbage collection, V8 space or handle, which no alert or dashboard uses; and the lag.
 */
const LEFT_OUT = [
  'nodejs_active_handles',
  'nodejs_active_handles_total',
  'nodejs_active_requests',
  'nodejs_active_requests_total',
  'nodejs_active_resources',
  'nodejs_active_resources_total',
  'nodejs_eventloop_lag_max_seconds',
  'nodejs_eventloop_lag_mean_seconds',
  'nodejs_eventloop_lag_min_seconds',
  'nodejs_eventloop_lag_p50_seconds',
  'nodejs_eventloop_lag_p90_seconds',
  'nodejs_eventloop_lag_p99_seconds',
  'nodejs_eventloop_lag_seconds',
  'nodejs_eventloop_lag_stddev_seconds',
  'nodejs_gc_duration_seconds',
  'nodejs_heap_space_size_available_bytes',
  'nodejs_heap_space_size_total_bytes',
  'nodejs_heap_space_size_used_bytes',
];

interface Rendering {
  /** The latest poll when it began. */
  readonly after: object | undefined;
  readonly page: Promise<Page>;
}

/**
 * A page is rendered ahead of the next scrape while there are scrapes: Prometheus comes once a minute at the longest
 * interval that is usual, and may miss a few.
 */
const SCRAPED_LATELY_MS = 300_000;

/** Samples that prom-client writes at a time: about half a millisecond of work. */
const SAMPLES_AT_A_TIME = 100;

/** Renders the metrics once per poll, however many scrapers ask. */
export class MetricsPage {
  readonly #options: PageOptions;
  readonly #clock: Clock;
  readonly #registry = new Registry();
  #rendered: Rendering | undefined;
  /** The rendering that `refresh` began; until it ends the page before it is served. */
  #refreshing: Rendering | undefined;
  /** One rendering at a time. */
  #lastRender: Promise<unknown> = Promise.resolve();
  /** When a page was asked for last, on the monotonic clock. */
  #requestedMs = Number.NEGATIVE_INFINITY;
  #snapshot: Snapshot | undefined;
  #subjects: Subjects = NO_SUBJECTS;

  constructor(options: PageOptions) {
    this.#options = options;
    this.#clock = options.clock ?? SYSTEM_CLOCK;
    this.#register();
    if (options.exporterMetrics !== false) this.#registerExporterMetrics();
  }

  /** The page of the latest poll. Without a snapshot: the self metrics, rendered anew each time. */
  current(): Promise<Page> {
    this.#requestedMs = this.#clock.monotonicMs();
    const snapshot = this.#options.snapshot();
    if (snapshot === undefined) {
      this.#rendered = undefined;
      return this.#render(undefined);
    }
    const after = this.#options.latestPoll();
    const [shown, coming] = [this.#rendered, this.#refreshing];
    if (coming !== undefined && coming.after === after) return (shown ?? coming).page;
    if (shown !== undefined && shown.after === after) return shown.page;
    this.#refreshing = undefined;
    this.#rendered = this.#begin(snapshot, after);
    return this.#rendered.page;
  }

  /** Renders the page of the latest poll ahead of the next scrape; nothing where nobody has scraped lately. */
  async refresh(): Promise<void> {
    if (this.#clock.monotonicMs() - this.#requestedMs > SCRAPED_LATELY_MS) return;
    const snapshot = this.#options.snapshot();
    const after = this.#options.latestPoll();
    if (snapshot === undefined || this.#rendered?.after === after) return;
    const refreshing = this.#begin(snapshot, after);
    this.#refreshing = refreshing;
    await refreshing.page;
    if (this.#refreshing !== refreshing) return;
    this.#rendered = refreshing;
    this.#refreshing = undefined;
  }

  #begin(snapshot: Snapshot, after: object | undefined): Rendering {
    return { after, page: this.#render(snapshot) };
  }

  #render(snapshot: Snapshot | undefined): Promise<Page> {
    const page = this.#lastRender.then(() => this.#renderNow(snapshot));
    this.#lastRender = page.catch(() => undefined);
    return page;
  }

  async #renderNow(snapshot: Snapshot | undefined): Promise<Page> {
    const slice = new TimeSlice();
    this.#snapshot = snapshot;
    this.#subjects = snapshot === undefined ? NO_SUBJECTS : await this.#prepare(snapshot, slice);
    const text = await this.#write(slice);
    return { text, gzip: await compress(text) };
  }

  async #prepare(snapshot: Snapshot, slice: TimeSlice): Promise<Subjects> {
    const steps = subjectsInSteps(snapshot, this.#options.names());
    for (;;) {
      const { done, value } = steps.next();
      if (done === true) return value;
      await slice.pause();
    }
  }

  /** The text of `Registry.metrics()`, some samples at a time, so that other requests are answered in between. */
  async #write(slice: TimeSlice): Promise<Buffer> {
    const parts: Buffer[] = [];
    for (const { name } of this.#registry.getMetricsAsArray()) {
      if (parts.length > 0) parts.push(Buffer.from('\n'));
      await this.#writeFamily(name, parts, slice);
    }
    return Buffer.concat(parts);
  }

  /** Adds the family's lines, each with its newline. */
  async #writeFamily(name: string, parts: Buffer[], slice: TimeSlice): Promise<void> {
    const write = (): Promise<string> => this.#registry.getSingleMetricAsString(name);
    parts.push(Buffer.from(`${await write()}\n`));
    await slice.pause();
    const metric = this.#registry.getSingleMetric(name);
    while (metric instanceof SnapshotGauge && metric.isUnfinished) {
      parts.push(Buffer.from(`${samplesOf(await write())}\n`));
      await slice.pause();
    }
  }

  #registerExporterMetrics(): void {
    collectDefaultMetrics({
      register: this.#registry,
      eventLoopMonitoringPrecision: RARELY_MS,
    });
    for (const name of LEFT_OUT) this.#registry.removeSingleMetric(name);
  }

  #register(): void {
    const families = this.#families().toSorted((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, help, type, samples } of families) {
      const options = { name: PREFIX + name, help, registers: [this.#registry] };
      if (type === 'counter') new SnapshotCounter(options, samples);
      else new SnapshotGauge(options, samples, SAMPLES_AT_A_TIME);
    }
  }

  /** Every family of the contract, with the function that gives its samples. */
  #families(): readonly Family[] {
    return [
      ...NAMESPACE_FAMILIES.map((family) => ({
        ...family,
        samples: () => namespaceSamples(family, this.#subjects),
      })),
      ...ENDPOINT_FAMILIES.map((family) => ({
        ...family,
        samples: () => endpointSamples(family, this.#subjects.endpoints),
      })),
      { ...ALERT_FAMILY, samples: () => alertSamples(this.#subjects.alerts) },
      ...[...SERVICE_PORT_FAMILIES, ...SNAPSHOT_FAMILIES].map((family) => ({
        ...family,
        samples: () => (this.#snapshot ? family.points(this.#snapshot) : []),
      })),
      ...SELF_FAMILIES.map((family) => ({
        ...family,
        samples: () => family.samples(this.#options.status()),
      })),
    ];
  }
}

/** The lines behind `# HELP` and `# TYPE`. */
function samplesOf(family: string): string {
  return family.split('\n').slice(2).join('\n');
}
