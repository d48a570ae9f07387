import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Snapshot } from '../snapshot.ts';
import {
  ENDPOINT_FAMILIES,
  endpointSamples,
  NAMESPACE_FAMILIES,
  namespaceSamples,
  SNAPSHOT_FAMILIES,
} from './families.ts';
import type { RemoteNames } from './remote-names.ts';
import { SELF_FAMILIES, type SelfStatus } from './self-families.ts';
import { type Samples, SnapshotCounter, SnapshotGauge } from './snapshot-metric.ts';
import { type Subjects, subjectsOf } from './subject.ts';

/** One rendering of all metrics, in the text format 0.0.4. */
export interface Page {
  readonly text: Buffer;
  readonly gzip: Buffer;
}

export interface PageOptions {
  readonly names: RemoteNames;
  /** What the exporter knows about itself now. */
  readonly status: () => SelfStatus;
  /** The latest snapshot; undefined before the first poll and when the last good one is too old. */
  readonly snapshot: () => Snapshot | undefined;
}

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

const PREFIX = 'ephemeral_ports_';
const NOTHING: Subjects = { namespaces: [], endpoints: [] };
const compress = promisify(gzip);

/** Gauges that prom-client names `_total`, which is for counters only. */
const MISNAMED = [
  'nodejs_active_resources_total',
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
];

/** Renders the metrics once per snapshot, however many scrapers ask. */
export class MetricsPage {
  readonly #options: PageOptions;
  readonly #registry = new Registry();
  #rendered: { readonly of: Snapshot; readonly page: Promise<Page> } | undefined;
  #snapshot: Snapshot | undefined;
  #subjects: Subjects = NOTHING;

  constructor(options: PageOptions) {
    this.#options = options;
    this.#register();
    collectDefaultMetrics({ register: this.#registry });
    for (const name of MISNAMED) this.#registry.removeSingleMetric(name);
  }

  /** The page of the latest snapshot. Without one: the self metrics, rendered anew each time. */
  current(): Promise<Page> {
    const snapshot = this.#options.snapshot();
    if (snapshot === undefined) {
      this.#rendered = undefined;
      return this.#render(undefined);
    }
    if (this.#rendered?.of !== snapshot) {
      this.#rendered = { of: snapshot, page: this.#render(snapshot) };
    }
    return this.#rendered.page;
  }

  async #render(snapshot: Snapshot | undefined): Promise<Page> {
    this.#snapshot = snapshot;
    this.#subjects = snapshot === undefined ? NOTHING : subjectsOf(snapshot, this.#options.names);
    const text = Buffer.from(await this.#registry.metrics());
    return { text, gzip: await compress(text) };
  }

  #register(): void {
    for (const family of NAMESPACE_FAMILIES) {
      this.#gauge(family, () => namespaceSamples(family, this.#subjects.namespaces));
    }
    for (const family of ENDPOINT_FAMILIES) {
      this.#gauge(family, () => endpointSamples(family, this.#subjects.endpoints));
    }
    for (const family of SNAPSHOT_FAMILIES) {
      this.#gauge(family, () => (this.#snapshot ? family.points(this.#snapshot) : []));
    }
    for (const family of SELF_FAMILIES) {
      const samples = (): ReturnType<Samples> => family.samples(this.#options.status());
      if (family.type === 'counter') this.#counter(family, samples);
      else this.#gauge(family, samples);
    }
  }

  #gauge(family: { readonly name: string; readonly help: string }, samples: Samples): void {
    new SnapshotGauge(this.#describe(family), samples);
  }

  #counter(family: { readonly name: string; readonly help: string }, samples: Samples): void {
    new SnapshotCounter(this.#describe(family), samples);
  }

  #describe({ name, help }: { readonly name: string; readonly help: string }): {
    name: string;
    help: string;
    registers: Registry[];
  } {
    return { name: PREFIX + name, help, registers: [this.#registry] };
  }
}
