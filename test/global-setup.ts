import { missingBrowser } from './support/browser.ts';
import { ASKED_MONITORING } from './support/monitoring.ts';
import { missingTerminal } from './support/terminal.ts';
import { missing } from '../deploy/demo/lab/tools.ts';

/** Fetches what the tests need beyond npm, once and before the namespaces cut the network off. */
export function setup(): void {
  tell([
    missing(['ss', 'iproute2'], ['vmalert', 'victoria-metrics']),
    missingBrowser(),
    missingTerminal(),
    ASKED_MONITORING.reason,
  ]);
}

/** Says once each why some tests are skipped. */
export function tell(reasons: readonly (string | undefined)[]): void {
  for (const reason of new Set(reasons)) {
    if (reason !== undefined) console.warn(`some tests will be skipped: ${reason}`);
  }
}
