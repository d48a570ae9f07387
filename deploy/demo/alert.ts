/** An alert as the APIs of Prometheus and Alertmanager have it; only the fields that the demo reads. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Prometheus: `pending` or `firing`. */
  readonly state?: unknown;
}

/** Severity and name, such as `warning EphemeralPortsForecast`. The label `alert` is the name that the exporter uses. */
export function nameOf({ labels }: Alert): string {
  return `${labels['severity'] ?? ''} ${labels['alert'] ?? labels['alertname'] ?? ''}`;
}
