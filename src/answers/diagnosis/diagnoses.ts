import { identityJson } from '../../snapshot/encode-identity.ts';
import type { AlertSnapshot, Snapshot } from '../../snapshot/snapshot.ts';
import { type Cause, causesOf } from '../causes.ts';
import { diagnose, type Diagnosis } from './diagnosis.ts';
import { type Known, surroundingsOf } from './surroundings.ts';

/** What fires for one cause, and why. */
export interface DiagnosedCause extends Cause {
  readonly diagnosis: Diagnosis;
}

/** A snapshot, or its details, with its alerts. */
type Diagnosed = Known & Pick<Snapshot, 'alerts'>;

/** What fires, worst first: one entry for each cause. */
export function diagnosesOf(snapshot: Diagnosed): readonly DiagnosedCause[] {
  return causesOf(snapshot.alerts.firing).map((cause) => ({
    ...cause,
    diagnosis: diagnose(cause.head.pool, surroundingsOf(snapshot, cause.head.pool.namespaceId)),
  }));
}

/** The same for programs, field by field as src/http/README.md describes them. */
export function diagnosesJson(snapshot: Diagnosed): object {
  return {
    diagnoses: diagnosesOf(snapshot).map(({ head, others, diagnosis }) => ({
      ...alertJson(head),
      ...diagnosisJson(diagnosis),
      also_in_trouble: others.map(alertJson),
    })),
  };
}

function alertJson({ alert, severity, identity, pool }: AlertSnapshot): object {
  return {
    alert,
    severity,
    ...identityJson(identity),
    pool: pool.kind,
    protocol: pool.protocol,
    local_address: pool.localAddress,
    remote_address: pool.remoteAddress,
    remote_port: pool.remotePort,
  };
}

/** A diagnosis for programs. */
export interface DiagnosisJson {
  readonly cause: string;
  readonly evidence: string;
  readonly remedies: readonly RemedyJson[];
}

export interface RemedyJson {
  readonly text: string;
  readonly command?: string;
  readonly manifest?: string;
  readonly gained_ports?: number;
  readonly lasts_seconds?: number;
  readonly danger?: string;
}

/** A cause with its remedies; what is not known of a remedy is absent. */
export function diagnosisJson({ cause, remedies }: Diagnosis): DiagnosisJson {
  return {
    cause: cause.name,
    evidence: cause.evidence,
    remedies: remedies.map((remedy) => ({
      text: remedy.text,
      ...(remedy.command !== undefined && { command: remedy.command }),
      ...(remedy.manifest !== undefined && { manifest: remedy.manifest }),
      ...(remedy.gainedPorts !== undefined && { gained_ports: remedy.gainedPorts }),
      ...(remedy.lastsSeconds !== undefined && { lasts_seconds: remedy.lastsSeconds }),
      ...(remedy.danger !== undefined && { danger: remedy.danger }),
    })),
  };
}
