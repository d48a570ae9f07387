import type { SourceName } from '../kernel/socket-row.ts';
import type { PartReport } from '../scan/parts.ts';
import type { Sample } from './snapshot-metric.ts';

/** The state of the exporter itself, read for each page. */
export interface SelfStatus {
  readonly build: { readonly version: string; readonly revision: string };
  readonly pollIntervalSeconds: number;
  /** Unix time at which the last successful poll began; undefined before the first. */
  readonly lastSuccessSeconds: number | undefined;
  /** The last poll by source, successful or not; undefined before the first. */
  readonly sources: readonly SourceStatus[] | undefined;
  /** The last poll by part; empty before the first, and while one that runs does not end. */
  readonly parts: readonly PartReport[];
  readonly features: {
    readonly netlink: boolean;
    readonly netnsRange: boolean;
    readonly failures: boolean;
    /** Whether pods, units and containers that hold ports can be told; processes. */
    readonly owner: boolean;
    readonly ownerProcess: boolean;
  };
  /** Malformed rows since the start, by source. */
  readonly malformedRows: ReadonlyMap<SourceName, number>;
  /** Polls skipped since the start because the one before took longer than the interval. */
  readonly skippedPolls: number;
  readonly config: {
    readonly lastReloadSuccessful: boolean;
    readonly lastReloadSuccessSeconds: number;
  };
}

export interface SourceStatus {
  readonly source: SourceName;
  readonly ok: boolean;
  /** Absent while the first poll has not ended. */
  readonly durationSeconds?: number;
  readonly rows?: number;
}

export interface SelfFamily {
  /** Without the common prefix. */
  readonly name: string;
  readonly help: string;
  readonly type?: 'counter';
  readonly samples: (status: SelfStatus) => readonly Sample[];
}

const one = (value: number | undefined): readonly Sample[] =>
  value === undefined ? [] : [{ value }];

const bySource = (
  { sources = [] }: SelfStatus,
  valueOf: (source: SourceStatus) => number | undefined,
): readonly Sample[] =>
  sources.flatMap((source) => {
    const value = valueOf(source);
    return value === undefined ? [] : [{ value, labels: { source: source.source } }];
  });

/** Series about the exporter itself; they stay when a poll fails. */
export const SELF_FAMILIES: readonly SelfFamily[] = [
  {
    name: 'build_info',
    help: '1; which build is running.',
    samples: ({ build }) => [{ value: 1, labels: { ...build, nodejs: process.versions.node } }],
  },
  {
    name: 'feature_enabled',
    help: '1 where the feature works with the privileges and the kernel at hand, else 0.',
    samples: ({ features }) =>
      Object.entries({
        connect_failures: features.failures,
        netlink: features.netlink,
        netns_range: features.netnsRange,
        owner: features.owner,
        owner_process: features.ownerProcess,
      }).map(([feature, enabled]) => ({ value: Number(enabled), labels: { feature } })),
  },
  {
    name: 'poll_interval_seconds',
    help: 'Time between the starts of two polls (poll.interval).',
    samples: ({ pollIntervalSeconds }) => one(pollIntervalSeconds),
  },
  {
    name: 'poll_last_success_timestamp_seconds',
    help: 'Unix time at which the last good poll began.',
    samples: ({ lastSuccessSeconds }) => one(lastSuccessSeconds),
  },
  {
    name: 'poll_success',
    help: 'Whether the last poll succeeded; 0 also when the one that runs now does not end.',
    samples: (status) => bySource(status, ({ ok }) => Number(ok)),
  },
  {
    name: 'poll_duration_seconds',
    help: 'How long the last poll took.',
    samples: (status) => bySource(status, ({ durationSeconds }) => durationSeconds),
  },
  {
    name: 'poll_rows',
    help: 'Socket rows the last poll read.',
    samples: (status) => bySource(status, ({ rows }) => rows),
  },
  {
    name: 'part_success',
    help: 'Whether the part of the last poll failed in no network namespace: 1, else 0; the rest of the poll does not depend on it.',
    samples: ({ parts }) => parts.map(({ part, ok }) => ({ value: Number(ok), labels: { part } })),
  },
  {
    name: 'part_duration_seconds',
    help: 'Time the last poll spent on the part, in all network namespaces together.',
    samples: ({ parts }) =>
      parts.map(({ part, durationSeconds }) => ({ value: durationSeconds, labels: { part } })),
  },
  {
    name: 'parse_errors_total',
    help: 'Socket rows that were cut or damaged, and left out.',
    type: 'counter',
    samples: (status) => bySource(status, ({ source }) => status.malformedRows.get(source) ?? 0),
  },
  {
    name: 'polls_skipped_total',
    help: 'Polls left out, by reason: overrun (the poll before took longer than the interval).',
    type: 'counter',
    samples: ({ skippedPolls }) => [{ value: skippedPolls, labels: { reason: 'overrun' } }],
  },
  {
    name: 'config_last_reload_successful',
    help: 'Whether the configuration was good when it was last read.',
    samples: ({ config }) => one(Number(config.lastReloadSuccessful)),
  },
  {
    name: 'config_last_reload_success_timestamp_seconds',
    help: 'Unix time at which the configuration in force was read.',
    samples: ({ config }) => one(config.lastReloadSuccessSeconds),
  },
];
