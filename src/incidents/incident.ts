import type { DiagnosisJson } from '../answers/diagnosis/diagnoses.ts';
import type { HeldSample } from '../answers/held-sample.ts';
import type { IdentityJson } from '../snapshot/encode-identity.ts';

/**
 * What was known around the time at which a pool turned critical. The same form is kept, shown by `GET /api/v1/incidents`
 * and written to a file: field by field as src/http/README.md describes it. null means "not known".
 */
export interface Incident extends DiagnosisJson {
  /** Unique among those that are kept. */
  readonly id: string;
  /** Unix time at which the first critical alert began to fire. */
  readonly began_at_seconds: number;
  /** Unix time; null while it lasts. */
  readonly ended_at_seconds: number | null;
  /** Empty while it lasts. */
  readonly end_reason: EndOfIncident | '';
  /** How often it began: again soon after it had ended, it is the same incident. */
  readonly times: number;
  /** Of one place and cause: two at the same time are never alike in it. */
  readonly key: string;
  /** The critical alerts that fired. */
  readonly alerts: readonly string[];
  readonly namespace: IncidentNamespace;
  readonly pool: IncidentPool;
  /** Other pools that suffered from the same cause, some of them. */
  readonly also_in_trouble: readonly IncidentPool[];
  /** When it began, and when least was left, and last. */
  readonly first: Figures;
  readonly worst: Figures;
  readonly latest: Figures;
  /** What the pool held over time, oldest first: before, and while it lasted. */
  readonly samples: readonly HeldSample[];
}

/**
 * `cleared`: the alert did. Others: nothing is known of the pool any more, and why; `joined_another`: it turned out to have the cause of
 * another incident; `not_shown`: too many other pools are at risk.
 */
export type EndOfIncident =
  | 'cleared'
  | 'namespace_gone'
  | 'unreadable'
  | 'not_selected'
  | 'not_followed'
  | 'joined_another'
  | 'not_shown'
  | 'sampler_restarted'
  | 'exporter_restarted';

/** The network namespace of an incident, as it was when the incident began. */
export interface IncidentNamespace extends IdentityJson {
  readonly range_low: number | null;
  readonly range_high: number | null;
  readonly range_assumed: boolean;
  readonly reserved: number | null;
  readonly blocked: number | null;
  readonly tcp_in_use: number | null;
  readonly time_wait: number | null;
  readonly udp_in_use: number | null;
  /** Of the host's network namespace, whichever the incident is in. */
  readonly conntrack_entries: number | null;
  readonly conntrack_limit: number | null;
  readonly conntrack_insert_failed: number | null;
}

export interface IncidentPool {
  readonly pool: string;
  readonly protocol: string;
  readonly local_address: string;
  readonly remote_address: string;
  readonly remote_port: number;
}

/** The pool at one poll. */
export interface Figures extends HeldSample {
  readonly capacity: number;
  readonly available: number;
  readonly owners: readonly IncidentOwner[];
  readonly failures: IncidentFailures | null;
}

export interface IncidentOwner {
  readonly owner_kind: string;
  readonly owner: string;
  readonly ports: number;
}

export interface IncidentFailures {
  readonly total: number;
  readonly last_minute: number;
  readonly processes: readonly {
    readonly pid: number;
    readonly command: string;
    readonly failures: number;
  }[];
}
