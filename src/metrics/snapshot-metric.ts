import { Counter, Gauge, type Registry } from 'prom-client';

export type Labels = Readonly<Record<string, string>>;

/** One sample of a family: its own labels, and those it shares with other families of its subject. */
export interface Sample {
  readonly value: number;
  readonly labels?: Labels;
  readonly shared?: Labels;
}

/** Computes a family's samples. */
export type Samples = () => readonly Sample[];

export interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly registers: Registry[];
}

/**
 * A gauge that stores nothing. prom-client writes the label object that samples share only once. Of a family with
 * many samples it can give some at a time: the text of a thousand takes prom-client several milliseconds.
 */
export class SnapshotGauge extends Gauge {
  readonly #samples: Samples;
  readonly #most: number;
  /** What is left to give of a family that was begun. */
  #left: readonly Sample[] | undefined;

  /** `most` is how many samples are given at a time. */
  constructor(options: MetricOptions, samples: Samples, most = Number.POSITIVE_INFINITY) {
    super(options);
    this.#samples = samples;
    this.#most = most;
  }

  /** Whether the next `get()` goes on where the last one ended, and does not begin anew. */
  get isUnfinished(): boolean {
    return this.#left !== undefined;
  }

  override async get(): ReturnType<Gauge['get']> {
    const all = this.#left ?? this.#samples();
    this.#left = all.length > this.#most ? all.slice(this.#most) : undefined;
    const values = all.slice(0, this.#most).map(toValue);
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
