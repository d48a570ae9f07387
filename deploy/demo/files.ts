import { resolve } from 'node:path';
import { tool } from './lab/tools.ts';

/** Programs and files that the demo uses. `run.sh` starts it in the root of the checkout. */

/** The compiled exporter. */
export const MAIN = resolve('dist/main.js');

/** The path of Prometheus: on the PATH, or fetched from Debian's package. Throws where it cannot be had. */
export function prometheusProgram(): string {
  return tool('prometheus', 'prometheus');
}

/** The same for Alertmanager. */
export function alertmanagerProgram(): string {
  return tool('prometheus-alertmanager', 'prometheus-alertmanager');
}

/** The rules that are shipped. */
export const RULES = resolve('deploy/prometheus/ephemeral-ports.rules.yml');
