import type { Rule } from '../alerts/rules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { FamilyText, Point } from './family.ts';
import type { Sample } from './snapshot-metric.ts';
import type { AlertSubject } from './subject.ts';

export interface SnapshotFamily extends FamilyText {
  readonly points: (snapshot: Snapshot) => readonly Sample[];
}

/** Series of the whole snapshot. */
export const SNAPSHOT_FAMILIES: readonly SnapshotFamily[] = [
  {
    name: 'netns',
    help: 'Network namespaces by what the last poll did: scanned, gated (too few sockets to matter), denied, unwatched (beyond namespaces.limit).',
    points: ({ counts }) => [
      { value: counts.scanned, labels: { result: 'scanned' } },
      { value: counts.gated, labels: { result: 'gated' } },
      { value: counts.denied, labels: { result: 'denied' } },
      { value: counts.unwatched, labels: { result: 'unwatched' } },
    ],
  },
  {
    name: 'alert_threshold_ratio',
    help: 'Ratio at or above which an alert fires, from the configuration the last poll was judged by.',
    points: (snapshot) => thresholds('ratio', snapshot),
  },
  {
    name: 'alert_threshold_seconds',
    help: 'Time to exhaustion at or below which an alert fires, from the configuration the last poll was judged by.',
    points: (snapshot) => thresholds('seconds', snapshot),
  },
  {
    name: 'alert_threshold_count',
    help: 'Refused calls in a minute at or above which an alert fires, from the configuration the last poll was judged by; absent where they are not counted.',
    points: (snapshot) =>
      snapshot.failuresWithoutEndpoint === undefined ? [] : thresholds('count', snapshot),
  },
];

function thresholds(unit: Rule['unit'], { alerts }: Snapshot): readonly Point[] {
  return alerts.thresholds
    .filter((threshold) => threshold.unit === unit)
    .map(({ alert, severity, threshold }) => ({ value: threshold, labels: { alert, severity } }));
}

/** The alerts that fire, with the labels of their pools. */
export const ALERT_FAMILY: FamilyText = {
  name: 'alert',
  help: "1 while the exporter's own evaluation fires.",
};

export function alertSamples(subjects: readonly AlertSubject[]): readonly Sample[] {
  return subjects.map(({ alert, shared }) => ({
    value: 1,
    labels: { alert: alert.alert, severity: alert.severity },
    shared,
  }));
}
