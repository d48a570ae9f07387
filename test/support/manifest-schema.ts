import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import type { Manifest } from './manifest.ts';
import { installed } from './npm-cache.ts';
import { reasonToSkip } from '../../deploy/demo/lab/tools.ts';

/**
 * Manifests against the schemas of Kubernetes and of the Prometheus operator, as the npm packages
 * kubernetes-models and @kubernetes-models/prometheus-operator have them: once as JSON schemas, for types,
 * formats and required fields, and once as types of TypeScript, whose compiler finds the unknown fields.
 */

const OPERATOR = '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';

/** The module of each kind that there is; it has the model, and its type, which is called `I` and the kind. */
const MODULES: Readonly<Record<string, string>> = {
  'v1 ConfigMap': 'kubernetes-models/v1/ConfigMap',
  'v1 Namespace': 'kubernetes-models/v1/Namespace',
  'v1 Secret': 'kubernetes-models/v1/Secret',
  'v1 ServiceAccount': 'kubernetes-models/v1/ServiceAccount',
  'apps/v1 DaemonSet': 'kubernetes-models/apps/v1/DaemonSet',
  'networking.k8s.io/v1 NetworkPolicy': 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy',
  'monitoring.coreos.com/v1 PodMonitor': `${OPERATOR}/PodMonitor`,
  'monitoring.coreos.com/v1 PrometheusRule': `${OPERATOR}/PrometheusRule`,
};

function packages(): string {
  const wanted = ['kubernetes-models@5.1.0', '@kubernetes-models/prometheus-operator@6.0.0'];
  return installed('kubernetes-models-5.1.0', ...wanted);
}

/** Why tests with the schemas are skipped; undefined where they are there. */
export const SCHEMAS = { reason: reasonToSkip(packages) };

/** What is wrong with the manifests; empty where all is well. */
export async function schemaProblems(manifests: readonly Manifest[]): Promise<readonly string[]> {
  const strangers = manifests.map(nameOf).filter((name) => MODULES[name] === undefined);
  if (strangers.length > 0) return strangers.map((name) => `no schema of ${name}`);
  const invalid = await Promise.all(manifests.map(problemOf));
  return [...invalid.filter((problem) => problem !== ''), ...mistyped(manifests)];
}

const nameOf = ({ apiVersion, kind }: Manifest): string => `${apiVersion} ${kind}`;
const moduleOf = (manifest: Manifest): string => MODULES[nameOf(manifest)] ?? '';

type Model = new (manifest: Manifest) => { validate(): void };

async function problemOf(manifest: Manifest): Promise<string> {
  const path = join(packages(), 'node_modules', `${moduleOf(manifest)}.js`);
  const models = (await import(pathToFileURL(path).href)) as Record<string, Model>;
  const model = models[manifest.kind];
  if (model === undefined) return `no model of ${manifest.kind}`;
  try {
    new model(manifest).validate();
    return '';
  } catch (error) {
    return `${manifest.kind} ${manifest.metadata.name}: ${String(error)}`;
  }
}

/** A literal must not have fields that its type does not have: so a typing error shows. */
function mistyped(manifests: readonly Manifest[]): readonly string[] {
  const lines = manifests.map((manifest, index) => {
    const type = `import('${moduleOf(manifest)}').I${manifest.kind}`;
    return `export const manifest${index}: ${type} = ${JSON.stringify(manifest)};`;
  });
  return diagnose(lines.join('\n'));
}

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
};

/** Those of the packages are parsed once. */
const parsed = new Map<string, ts.SourceFile | undefined>();
let before: ts.Program | undefined;

/** What the compiler says of a module that is beside the packages, in name only. */
function diagnose(text: string): readonly string[] {
  const name = join(packages(), 'manifests-in-memory.mts');
  const host = ts.createCompilerHost(OPTIONS);
  const real = host.getSourceFile.bind(host);
  host.getSourceFile = (file, target) => {
    if (file === name) return ts.createSourceFile(file, text, target);
    if (!parsed.has(file)) parsed.set(file, real(file, target));
    return parsed.get(file);
  };
  before = ts.createProgram([name], OPTIONS, host, before);
  return ts
    .getPreEmitDiagnostics(before)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
