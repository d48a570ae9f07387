import { Exposition } from './lab/exposition.ts';
import { type Alert, isAboutService, nameOf } from './alert.ts';
import { httpGet } from './http-get.ts';
import { ALERTMANAGER, EXPORTER, PROMETHEUS, SERVICE } from './addresses.ts';

/** The exporter's values of the endpoint. Held, available and capacity are numbers of ports. */
export interface EndpointReading {
  readonly held: number;
  readonly available: number;
  readonly capacity: number;
  readonly firstPassRatio: number;
  /** Seconds until no port is left; infinite while not heading there, undefined while not known. */
  readonly secondsLeft: number | undefined;
}

/** The endpoint and the alerts at one moment, by program. Alerts are named as in `warning EphemeralPortsForecast`. */
export interface Reading {
  /** Undefined while the endpoint has no series. */
  readonly endpoint: EndpointReading | undefined;
  readonly exporter: readonly string[];
  readonly prometheusPending: readonly string[];
  readonly prometheus: readonly string[];
  readonly alertmanager: readonly string[];
}

/** Asks all three programs. One that does not answer has no alerts. */
export async function takeReading(): Promise<Reading> {
  const [page, prometheus, alertmanager] = await Promise.all([
    exporterPage(),
    prometheusAlerts(),
    alertmanagerAlerts(),
  ]);
  const inState = (state: string): string[] =>
    prometheus.filter((alert) => alert.state === state).map(nameOf);
  return {
    endpoint: endpointOf(page),
    exporter: firingIn(page),
    prometheusPending: inState('pending'),
    prometheus: inState('firing'),
    alertmanager: alertmanager.map(nameOf),
  };
}

const LABELS = { pool: 'connect', remote_address: SERVICE.host, remote_port: String(SERVICE.port) };

/** A page without samples while the exporter does not answer. */
async function exporterPage(): Promise<Exposition> {
  return new Exposition((await httpGet(`${EXPORTER}/metrics`)) ?? '');
}

function endpointOf(page: Exposition): EndpointReading | undefined {
  if (page.find('endpoint_held', LABELS) === undefined) return undefined;
  return {
    held: page.value('endpoint_held', LABELS),
    available: page.value('endpoint_available', LABELS),
    capacity: page.value('endpoint_capacity', LABELS),
    firstPassRatio: page.value('endpoint_first_pass_ratio', LABELS),
    secondsLeft: page.find('endpoint_time_to_exhaustion_seconds', LABELS),
  };
}

function firingIn({ samples }: Exposition): readonly string[] {
  return samples
    .filter(({ name, value }) => name === 'ephemeral_ports_alert' && value === 1)
    .filter(isAboutService)
    .map(nameOf);
}

async function prometheusAlerts(): Promise<readonly Alert[]> {
  const answer = await httpGet(`${PROMETHEUS}/api/v1/alerts`);
  if (answer === undefined) return [];
  const { data } = JSON.parse(answer) as { readonly data: { readonly alerts: readonly Alert[] } };
  return data.alerts.filter(isAboutService);
}

async function alertmanagerAlerts(): Promise<readonly Alert[]> {
  const answer = await httpGet(`${ALERTMANAGER}/api/v2/alerts?active=true`);
  return answer === undefined
    ? []
    : (JSON.parse(answer) as readonly Alert[]).filter(isAboutService);
}
