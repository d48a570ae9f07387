import { Exposition } from './lab/exposition.ts';
import { type Alert, nameOf } from './alert.ts';
import { httpGet } from './http-get.ts';
import { ALERTMANAGER, EXPORTER, PROMETHEUS } from './addresses.ts';
import type { Labels, Scenario } from './scenario.ts';

/** The exporter's values of the pool. Held, available and capacity are numbers of ports. */
export interface PoolReading {
  readonly held: number;
  readonly available: number;
  readonly capacity: number;
  /** Undefined where the pool has no first pass. */
  readonly firstPassRatio: number | undefined;
  /** Seconds until no port is left; infinite while not heading there, undefined while not known. */
  readonly secondsLeft: number | undefined;
}

/** The pool and the alerts at one moment, by program. Alerts are named as in `warning EphemeralPortsForecast`. */
export interface Reading {
  /** Undefined while the pool has no series. */
  readonly pool: PoolReading | undefined;
  readonly exporter: readonly string[];
  readonly prometheusPending: readonly string[];
  readonly prometheus: readonly string[];
  readonly alertmanager: readonly string[];
}

/** Asks all three programs. One that does not answer has no alerts. */
export async function takeReading({ pool, isAbout }: Scenario): Promise<Reading> {
  const [page, prometheus, alertmanager] = await Promise.all([
    exporterPage(),
    prometheusAlerts(),
    alertmanagerAlerts(),
  ]);
  const inState = (state: string): string[] =>
    prometheus
      .filter(({ labels }) => isAbout(labels))
      .filter((alert) => alert.state === state)
      .map(nameOf);
  return {
    pool: poolOf(page, pool),
    exporter: firingIn(page)
      .filter(({ labels }) => isAbout(labels))
      .map(nameOf),
    prometheusPending: inState('pending'),
    prometheus: inState('firing'),
    alertmanager: alertmanager.filter(({ labels }) => isAbout(labels)).map(nameOf),
  };
}

/** A page without samples while the exporter does not answer. */
async function exporterPage(): Promise<Exposition> {
  return new Exposition((await httpGet(`${EXPORTER}/metrics`)) ?? '');
}

function poolOf(page: Exposition, labels: Labels): PoolReading | undefined {
  if (page.find('endpoint_held', labels) === undefined) return undefined;
  return {
    held: page.value('endpoint_held', labels),
    available: page.value('endpoint_available', labels),
    capacity: page.value('endpoint_capacity', labels),
    firstPassRatio: page.find('endpoint_first_pass_ratio', labels),
    secondsLeft: page.find('endpoint_time_to_exhaustion_seconds', labels),
  };
}

function firingIn({ samples }: Exposition): readonly Alert[] {
  return samples.filter(({ name, value }) => name === 'ephemeral_ports_alert' && value === 1);
}

async function prometheusAlerts(): Promise<readonly Alert[]> {
  const answer = await httpGet(`${PROMETHEUS}/api/v1/alerts`);
  if (answer === undefined) return [];
  const { data } = JSON.parse(answer) as { readonly data: { readonly alerts: readonly Alert[] } };
  return data.alerts;
}

async function alertmanagerAlerts(): Promise<readonly Alert[]> {
  const answer = await httpGet(`${ALERTMANAGER}/api/v2/alerts?active=true`);
  return answer === undefined ? [] : (JSON.parse(answer) as readonly Alert[]);
}
