import type { SelfStatus } from '../../src/metrics/self-families.ts';

/** What an exporter may know about itself. */
export const STATUS: SelfStatus = {
  build: { version: '1.2.3', revision: 'abc' },
  pollIntervalSeconds: 5,
  lastSuccessSeconds: 1_700_000_000.5,
  sources: [{ source: 'proc', ok: true, durationSeconds: 0.25, rows: 138 }],
  features: { netlink: false, netnsRange: false },
  malformedRows: new Map([['proc', 2]]),
  skippedPolls: 1,
  config: { lastReloadSuccessful: true, lastReloadSuccessSeconds: 1_700_000_000 },
};
