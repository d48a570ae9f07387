import { SERVICE } from './addresses.ts';

/** An alert as Prometheus and Alertmanager tell it. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Prometheus: `pending` or `firing`. */
  readonly state?: unknown;
}

/** Whether it is about the service. */
export function isAboutService({ labels }: Alert): boolean {
  return labels['pool'] === 'connect' && labels['remote_address'] === SERVICE.host;
}

/** `warning EphemeralPortsForecast`: the exporter's name for it, whatever the rule is called. */
export function nameOf({ labels }: Alert): string {
  return `${labels['severity'] ?? ''} ${labels['alert'] ?? labels['alertname'] ?? ''}`;
}
