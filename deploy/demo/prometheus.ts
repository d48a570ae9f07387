import type { Folder } from './folder.ts';
import { ALERTMANAGER, EXPORTER, PROMETHEUS } from './addresses.ts';
import { prometheusProgram, RULES } from './files.ts';
import type { Programs } from './programs.ts';

/**
 * Starts Prometheus with the rules that are shipped. It scrapes the exporter and evaluates the rules each second,
 * as often as the exporter polls, and sends alerts to Alertmanager.
 */
export function startPrometheus(programs: Programs, folder: Folder): void {
  programs.start(
    'prometheus',
    prometheusProgram(),
    `--config.file=${folder.write('prometheus.yml', config())}`,
    `--storage.tsdb.path=${folder.at('prometheus')}`,
    `--web.listen-address=${PROMETHEUS}`,
    '--log.level=warn',
  );
}

function config(): unknown {
  return {
    global: { scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: [RULES],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [ALERTMANAGER] }] }] },
    scrape_configs: [
      { job_name: 'ephemeral-port-exporter', static_configs: [{ targets: [EXPORTER] }] },
    ],
  };
}
