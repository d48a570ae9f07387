import { type Fields, matches } from '../json-shape.ts';
import { KNOWN_BY, type Since } from './since.ts';

/** `since` of a port: Unix times. */
export interface SinceJson {
  readonly at_latest_seconds: number;
  readonly at_earliest_seconds: number | null;
  readonly known_by: string;
}

const SHAPE: Fields = {
  at_latest_seconds: 'number',
  at_earliest_seconds: 'number or null',
  known_by: 'text',
};

export function sinceJson({ atLatestSeconds, atEarliestSeconds, knownBy }: Since): SinceJson {
  return {
    at_latest_seconds: atLatestSeconds,
    at_earliest_seconds: atEarliestSeconds ?? null,
    known_by: knownBy,
  };
}

/** What a daemon told; undefined where it told nothing that is understood. */
export function asSince(value: unknown): Since | undefined {
  if (!matches(value, SHAPE)) return undefined;
  const json = value as SinceJson;
  const knownBy = KNOWN_BY.find((by) => by === json.known_by);
  return (
    knownBy && {
      atLatestSeconds: json.at_latest_seconds,
      atEarliestSeconds: json.at_earliest_seconds ?? undefined,
      knownBy,
    }
  );
}
