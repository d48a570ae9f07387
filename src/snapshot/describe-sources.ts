import type { SourceName } from '../kernel/socket-row.ts';
import type { NamespaceReading } from '../scan/namespace-reader.ts';
import type { SourceReading } from './snapshot.ts';

/**
 * What was read by each source; that of the host's namespace comes first, and its duration includes everything in the
 * poll that is not the reading of a namespace. `pollMs` is the duration of the whole poll.
 */
export function describeSources(
  readings: readonly NamespaceReading[],
  pollMs: number,
): readonly SourceReading[] {
  const names = [...new Set(readings.map(({ source }) => source))];
  const sums = names.map((source) => sumUp(source, readings));
  const readMs = readings.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return sums.map((sum, index) => {
    const restSeconds = index === 0 ? (pollMs - readMs) / 1000 : 0;
    return { ...sum, durationSeconds: sum.durationSeconds + restSeconds };
  });
}

function sumUp(source: SourceName, all: readonly NamespaceReading[]): SourceReading {
  const readings = all.filter((reading) => reading.source === source);
  const sum = (value: (reading: NamespaceReading) => number): number =>
    readings.reduce((total, reading) => total + value(reading), 0);
  return {
    source,
    durationSeconds: sum(({ durationMs }) => durationMs) / 1000,
    rows: sum(({ rows }) => rows),
    malformedRows: sum(({ malformedRows }) => malformedRows),
    repeatedRows: sum(({ tcp }) => tcp.outbound.repeatedRows),
  };
}
