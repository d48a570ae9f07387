import { missingBrowser } from './support/browser.ts';
import { CLUSTER_TOOLS } from './support/cluster-tools.ts';
import { SCHEMAS } from './support/manifest-schema.ts';
import { MONITORING } from './support/monitoring.ts';
import { missingTerminal } from './support/terminal.ts';
import { missing } from '../deploy/demo/lab/tools.ts';

/** Fetches what the tests need beyond npm, once and before the namespaces cut the network off. */
export function setup(): void {
  const reasons = [
    missing(['promtool', 'prometheus'], ['ss', 'iproute2'], ['vmalert', 'victoria-metrics']),
    missingBrowser(),
    missingTerminal(),
    ...[...MONITORING, ...CLUSTER_TOOLS, SCHEMAS].map(({ reason }) => reason),
  ];
  for (const reason of new Set(reasons)) {
    if (reason !== undefined) console.warn(`some tests will be skipped: ${reason}`);
  }
}
