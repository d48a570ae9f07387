import { parseAllDocuments } from 'yaml';

/** An object of Kubernetes, as far as tests look into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Metadata;
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

interface Metadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The part of a DaemonSet that says what runs. */
export interface PodTemplate {
  readonly metadata: Metadata;
  readonly spec: PodSpec;
}

interface PodSpec {
  readonly hostPID?: boolean;
  readonly hostNetwork?: boolean;
  readonly automountServiceAccountToken?: boolean;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly containers: readonly Container[];
  readonly volumes: readonly Readonly<Record<string, unknown>>[];
  readonly tolerations: readonly unknown[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly EnvironmentVariable[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface EnvironmentVariable {
  readonly name: string;
  readonly valueFrom: { readonly fieldRef: { readonly fieldPath: string } };
}

/** The objects of a stream of YAML documents. Throws where one is no YAML, or has a key twice. */
export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text)
    .map((document) => {
      const [problem] = document.errors;
      if (problem) throw problem;
      return document.toJSON() as Manifest | null;
    })
    .filter((manifest) => manifest !== null);
}

/** The only object of a kind. Throws where there is none, or more than one. */
export function theOnly(kind: string, manifests: readonly Manifest[]): Manifest {
  const [found, ...more] = manifests.filter((manifest) => manifest.kind === kind);
  if (found === undefined || more.length > 0) throw new Error(`${more.length} of ${kind}`);
  return found;
}

/** What the DaemonSet runs. */
export function podTemplate(manifests: readonly Manifest[]): PodTemplate {
  return theOnly('DaemonSet', manifests).spec?.['template'] as PodTemplate;
}

export function theContainer(manifests: readonly Manifest[]): Container {
  const [container, ...more] = podTemplate(manifests).spec.containers;
  if (container === undefined || more.length > 0) throw new Error('expected one container');
  return container;
}
