import { PARTS } from '../../src/scan/parts.ts';
import type { SelfStatus } from '../../src/metrics/self-families.ts';

/** What an exporter may know about itself. */
export const STATUS: SelfStatus = {
  build: { version: '1.2.3', revision: 'abc' },
  pollIntervalSeconds: 5,
  lastSuccessSeconds: 1_700_000_000.5,
  sources: [{ source: 'proc', ok: true, durationSeconds: 0.25, rows: 138 }],
  parts: PARTS.map(({ part }) => {
    const problem = part === 'udp' ? '/proc/net/udp6: expected a socket table' : '';
    return { part, ok: problem === '', problem, durationSeconds: 0.25 };
  }),
  features: {
    netlink: false,
    netnsRange: false,
    failures: false,
    owner: false,
    ownerProcess: false,
  },
  malformedRows: new Map([['proc', 2]]),
  skippedPolls: 1,
  config: { lastReloadSuccessful: true, lastReloadSuccessSeconds: 1_700_000_000 },
};
