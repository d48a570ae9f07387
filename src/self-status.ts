import type { SelfStatus, SourceStatus } from './metrics/self-families.ts';
import type { SamplerStatus } from './sampler/sampler.ts';
import type { PartReport } from './scan/parts.ts';
import type { Settings } from './settings.ts';

/** The state of the exporter itself, after the latest poll and the latest reload. */
export function selfStatus(
  settings: Settings,
  sampler: SamplerStatus,
  lastReloadSuccessful = true,
): SelfStatus {
  const { build, configReadSeconds } = settings;
  return {
    build: { version: build.version, revision: build.revision },
    pollIntervalSeconds: settings.sampler.intervalSeconds,
    lastSuccessSeconds: sampler.snapshot?.takenAtSeconds,
    sources: sourcesOf(settings, sampler),
    parts: partsOf(sampler),
    features: featuresOf(sampler),
    malformedRows: sampler.malformedRows,
    skippedPolls: sampler.skippedPolls,
    config: { lastReloadSuccessful, lastReloadSuccessSeconds: configReadSeconds },
  };
}

/**
 * The sources of the last poll; of the one that runs now where that does not end. One that failed counts as what was
 * chosen: `auto` ends with /proc.
 */
function sourcesOf(
  { sampler }: Settings,
  { lastPoll, isOverdue }: SamplerStatus,
): readonly SourceStatus[] | undefined {
  if (lastPoll?.ok) {
    return lastPoll.snapshot.sources.map((reading) => ({ ...reading, ok: !isOverdue }));
  }
  const chosen = sampler.poll.source;
  const source = chosen === 'auto' ? 'proc' : chosen;
  if (lastPoll !== undefined) {
    return [{ source, ok: false, durationSeconds: lastPoll.durationSeconds, rows: 0 }];
  }
  return isOverdue ? [{ source, ok: false }] : undefined;
}

/** None while a poll does not end: nobody knows then how its parts fare. */
function partsOf({ lastPoll, isOverdue }: SamplerStatus): readonly PartReport[] {
  if (lastPoll === undefined || isOverdue) return [];
  return lastPoll.ok ? lastPoll.snapshot.parts : lastPoll.parts;
}

function featuresOf({ lastPoll }: SamplerStatus): SelfStatus['features'] {
  if (!lastPoll?.ok) {
    return {
      netlink: false,
      netnsRange: false,
      failures: false,
      owner: false,
      ownerProcess: false,
    };
  }
  const { sources, problems, failuresWithoutEndpoint, ownersSight } = lastPoll.snapshot;
  // By BPF come the rows of TCP alone.
  const netlink = sources.some(({ source }) => source !== 'proc');
  return {
    netlink,
    netnsRange: problems.settings === '',
    failures: failuresWithoutEndpoint !== undefined,
    owner: ownersSight.groups,
    ownerProcess: ownersSight.processes,
  };
}
