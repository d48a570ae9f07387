import type { SourceName } from '../kernel/socket-row.ts';
import type { Sample } from './snapshot-metric.ts';

/** What the exporter knows about itself; read anew for each page. */
export interface SelfStatus {
  readonly build: { readonly version: string; readonly revision: string };
  readonly pollIntervalSeconds: number;
  /** Unix time of the last good poll; undefined before the first. */
  readonly lastSuccessSeconds: number | undefined;
  /** Where the last poll read sockets. */
  readonly source: SourceName;
  /** The last poll, good or not; undefined before the first. */
  readonly lastPoll: LastPoll | undefined;
  /** Damaged rows since the start. */
  readonly parseErrors: number;
  /** Polls left out since the start because one took longer than the interval. */
  readonly pollsOverrun: number;
  readonly config: {
    readonly lastReloadSuccessful: boolean;
    readonly lastReloadSuccessSeconds: number;
  };
}

export interface LastPoll {
  readonly ok: boolean;
  readonly durationSeconds: number;
  readonly rows: number;
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

const ofSource = (status: SelfStatus, value: number | undefined): readonly Sample[] =>
  value === undefined ? [] : [{ value, labels: { source: status.source } }];

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
    samples: ({ source, lastPoll }) =>
      ['connect_failures', 'netlink', 'netns_range', 'owner'].map((feature) => ({
        value: Number(feature === source && lastPoll?.ok === true),
        labels: { feature },
      })),
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
    help: 'Whether the last poll succeeded.',
    samples: (status) =>
      ofSource(status, status.lastPoll === undefined ? undefined : Number(status.lastPoll.ok)),
  },
  {
    name: 'poll_duration_seconds',
    help: 'How long the last poll took.',
    samples: (status) => ofSource(status, status.lastPoll?.durationSeconds),
  },
  {
    name: 'poll_rows',
    help: 'Socket rows the last poll read.',
    samples: (status) => ofSource(status, status.lastPoll?.rows),
  },
  {
    name: 'parse_errors_total',
    help: 'Socket rows that were cut or damaged, and left out.',
    type: 'counter',
    samples: (status) => ofSource(status, status.parseErrors),
  },
  {
    name: 'polls_skipped_total',
    help: 'Polls left out, by reason: overrun (the poll before took longer than the interval).',
    type: 'counter',
    samples: ({ pollsOverrun }) => [{ value: pollsOverrun, labels: { reason: 'overrun' } }],
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
