import { resolve } from 'node:path';
import { tool } from './lab/tools.ts';

/** Where everything is. `run.sh` starts the demo in the checkout. */

/** Not a loopback address: to one, Linux takes ports in TIME_WAIT over after a second. */
export const SERVICE = { host: '10.1.2.3', port: 80 } as const;

/** The range of the namespace: 1,000 ports, and none of those below is in it. */
export const RANGE = { low: 40_000, high: 40_999 } as const;

export const EXPORTER = '127.0.0.1:9065';
export const PROMETHEUS = '127.0.0.1:9090';
export const ALERTMANAGER = '127.0.0.1:9093';
export const RECEIVER_PORT = 9099;

/** The built exporter. */
export const MAIN = resolve('dist/main.js');

export function prometheusProgram(): string {
  return tool('prometheus', 'prometheus');
}

export function alertmanagerProgram(): string {
  return tool('prometheus-alertmanager', 'prometheus-alertmanager');
}

/** The rules that are shipped. */
export const RULES = resolve('deploy/prometheus/ephemeral-ports.rules.yml');
