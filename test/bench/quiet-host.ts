import { defaultConfig } from '../../src/config/defaults.ts';
import { buildRules } from '../../src/alerts/rules.ts';
import { parseFlags } from '../../src/cli/flags/flags.ts';
import type { Namespace } from '../../src/namespaces/namespace.ts';
import type { NetnsView } from '../../src/namespaces/netns-view.ts';
import { Gate } from '../../src/scan/gate.ts';
import { type ReadBy, Sources } from '../../src/scan/sources.ts';
import { Failures } from '../../src/scan/failures.ts';
import { PartMeter } from '../../src/scan/parts.ts';
import { NamespaceScan } from '../../src/scan/scan.ts';
import { settingsOf } from '../../src/settings.ts';
import { argument, serve, tell } from './child.ts';
import { cpuMs } from './clock.ts';
import { startIdle } from './neighbours.ts';
import type { Source } from './source.ts';
import { HOURS, type Span } from './span.ts';

/** A host that scans its network namespaces, and has hours pass in no time. */

const INTERVAL_MS = 5000;
const END_MS = HOURS * 3_600_000;

/** Reads the own namespace once: what it costs is not the question. */
class SourcesOfOthers extends Sources {
  readings = 0;
  #own: unknown;

  override with<T>(namespace: Namespace, view: NetnsView, read: ReadBy<T>): T {
    if (view.sockets !== 'lasting') {
      this.readings += 1;
      return super.with(namespace, view, read);
    }
    this.#own ??= super.with(namespace, view, read);
    return this.#own as T;
  }
}

const source = argument() as Source;
const flags = parseFlags([`--poll.source=${source}`]);
const { poll } = settingsOf(flags, { version: '', revision: '' }, defaultConfig()).sampler;
const { procfs, namespaces, shortlist, alerts } = poll;
const gate = new Gate(buildRules(alerts), shortlist);
const NONE: ReadonlySet<number> = new Set();

/** Scans at each interval, and once before. */
function scanAll(): Span {
  const scan = new NamespaceScan(procfs, namespaces);
  const sources = new SourcesOfOthers(source);
  const parts = new PartMeter();
  const failures = new Failures('off');
  const rest = { intervalMs: INTERVAL_MS, gate, sources, failures, alwaysRead: NONE, parts };
  const at = (nowMs: number): void => {
    scan.read({ ...rest, nowMs });
  };
  at(0);
  const [before, readings] = [cpuMs(), sources.readings];
  for (let nowMs = INTERVAL_MS; nowMs <= END_MS; nowMs += INTERVAL_MS) at(nowMs);
  return { cpuMs: cpuMs() - before, readings: sources.readings - readings };
}

serve({ scan: scanAll, neighbour: () => startIdle(1) });
await tell('open');
