import { Counter, Gauge, type Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

/** One sample of a family: its own labels, and those it shares with other families of its subject. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
  readonly shared?: Labels;
}

/** Computes a family's samples. Called synchronously at the start of `get()`, so that no poll comes in between. */
export type Samples = () => readonly Sample[];

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly registers: Registry[];
}

/** A gauge that stores nothing. prom-client writes the label object that samples share only once. */
export class SnapshotGauge extends Gauge {
  readonly #samples: Samples;

  constructor(options: MetricOptions, samples: Samples) {
    super(options);
    this.#samples = samples;
  }

  override async get(): ReturnType<Gauge['get']> {
    const values = this.#samples().map(toValue);
    return { ...(await super.get()), values };
  }
}

/** A counter that stores nothing: what it counts is kept elsewhere. */
export class SnapshotCounter extends Counter {
  readonly #samples: Samples;

  constructor(options: MetricOptions, samples: Samples) {
    super(options);
    this.#samples = samples;
  }

  override async get(): ReturnType<Counter['get']> {
    const values = this.#samples().map(toValue);
    return { ...(await super.get()), values };
  }
}

interface Value {
  value: number;
  labels: Record<string, string>;
  sharedLabels: Labels;
}

const NONE: Labels = {};

function toValue({ value, labels = NONE, shared = NONE }: Sample): Value {
  return { value, labels, sharedLabels: shared };
}
