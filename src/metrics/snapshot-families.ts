import type { Rule } from '../alerts/rules.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { ConntrackReading } from '../scan/conntrack-watch.ts';
import { type FamilyText, one, type Point } from './family.ts';
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
  {
    name: 'conntrack_entries',
    help: "Connections that the host's network namespace tracks (net.netfilter.nf_conntrack_count); absent where it tracks none.",
    points: conntrack(({ entries }) => entries),
  },
  {
    name: 'conntrack_entries_limit',
    help: 'Connections that it can track (net.netfilter.nf_conntrack_max); beyond it new ones are dropped.',
    points: conntrack(({ limit }) => limit),
  },
  {
    name: 'conntrack_insert_failed_total',
    type: 'counter',
    help: 'Connections that could not be entered (insert_failed of /proc/net/stat/nf_conntrack, all processors): among them those for which NAT found no port.',
    points: conntrack(({ insertFailed }) => insertFailed),
  },
  {
    name: 'conntrack_dropped_total',
    type: 'counter',
    help: 'Packets dropped because their connection could not be tracked or translated (drop of /proc/net/stat/nf_conntrack, all processors).',
    points: conntrack(({ dropped }) => dropped),
  },
];

/** Absent where the host's namespace tracks no connections, or that cannot be read. */
function conntrack(value: (reading: ConntrackReading) => number): SnapshotFamily['points'] {
  return ({ conntrack: reading }) => (reading === undefined ? [] : one(value(reading)));
}

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
