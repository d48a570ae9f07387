export type LabelFilter = Readonly<Record<string, string>>;

interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const SAMPLE = /^([a-z_0-9:]+)(?:\{(.*)\})? (\S+)$/i;
const LABEL = /([a-z_0-9]+)="((?:[^"\\]|\\.)*)"/gi;
const PREFIX = 'ephemeral_ports_';

/** A page in the text format, to ask for values. */
export class Exposition {
  readonly samples: readonly ParsedSample[];

  constructor(text: string) {
    this.samples = text.split('\n').flatMap((line) => {
      const match = line.startsWith('#') ? null : SAMPLE.exec(line);
      return match === null ? [] : [parseSample(match)];
    });
  }

  /** The value of the one series with the name (without the prefix) and these labels, if it is there. */
  find(name: string, labels: LabelFilter = {}): number | undefined {
    const found = this.samples.filter(
      (sample) =>
        sample.name === PREFIX + name &&
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
    if (found.length > 1) throw new Error(`${found.length} series of ${name} match`);
    return found[0]?.value;
  }

  /** The value of `label` of the one series with the name and these labels; empty where there is none. */
  labelOf(name: string, labels: LabelFilter, label: string): string {
    const found = this.samples.find(
      (sample) =>
        sample.name === PREFIX + name &&
        Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
    return found?.labels[label] ?? '';
  }

  /** As `find`; throws where the series is not there. */
  value(name: string, labels: LabelFilter = {}): number {
    const value = this.find(name, labels);
    if (value === undefined) throw new Error(`no series ${name} ${JSON.stringify(labels)}`);
    return value;
  }
}

function parseSample([, name = '', labels = '', value = '']: RegExpExecArray): ParsedSample {
  const pairs = Array.from(labels.matchAll(LABEL), ([, key = '', text = '']) => [key, text]);
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value);
  return { name, labels: Object.fromEntries(pairs) as Record<string, string>, value: number };
}
