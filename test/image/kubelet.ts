import { mkdtempSync, writeFileSync, chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Manifest, podTemplate, theContainer } from '../support/manifest.ts';

/** What a kubelet would make of a DaemonSet, as far as the exporter's says anything: podman's words for it. */
export interface PodRun {
  /** For podman. */
  readonly how: readonly string[];
  /** For the exporter. */
  readonly flags: readonly string[];
}

interface Security {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly supplementalGroups?: readonly number[];
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly appArmorProfile?: { readonly type: string };
  readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] };
}

/** Settings that podman has a word for. What is not among them fails the test: nobody would apply it. */
const APPLIED = [
  'runAsUser',
  'runAsGroup',
  'supplementalGroups',
  'allowPrivilegeEscalation',
  'readOnlyRootFilesystem',
  'capabilities',
];

/** Settings that may have these values only, for which podman needs no word, or only that one. */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  runAsNonRoot: ['true', 'false'],
  seccompProfile: ['{"type":"RuntimeDefault"}'],
  appArmorProfile: ['{"type":"Unconfined"}'],
};

/**
 * The run of the DaemonSet's pod on this machine, whose address is `podIp`. `folder` is where a node's folders
 * are made: the kubelet's, and that of the ConfigMap.
 */
export function podRun(manifests: readonly Manifest[], podIp: string, folder: string): PodRun {
  const { spec } = podTemplate(manifests);
  const { args, resources } = theContainer(manifests);
  return {
    how: [
      ...(spec.hostNetwork === true ? ['--network=host'] : ['--network=none']),
      ...(spec.hostPID === true ? ['--pid=host'] : []),
      ...securityOf(manifests),
      ...volumesOf(manifests, folder),
      `--memory=${(resources.limits['memory'] ?? '').replace('Mi', 'm')}`,
      '--passwd=false',
    ],
    flags: args.map((arg) => expanded(arg, manifests, podIp)),
  };
}

/** `$(NAME)` in an argument is the container's environment variable; without one it stays as it is. */
function expanded(arg: string, manifests: readonly Manifest[], podIp: string): string {
  return arg.replace(/\$\((\w+)\)/g, (whole, wanted: string) => {
    const variable = theContainer(manifests).env.find(({ name }) => name === wanted);
    return variable?.valueFrom.fieldRef.fieldPath === 'status.podIP' ? podIp : whole;
  });
}

function securityOf(manifests: readonly Manifest[]): readonly string[] {
  const settings = {
    ...podTemplate(manifests).spec.securityContext,
    ...theContainer(manifests).securityContext,
  };
  const strange = Object.entries(settings).filter(
    ([key, value]) => !APPLIED.includes(key) && !FIXED[key]?.includes(JSON.stringify(value)),
  );
  if (strange.length > 0) throw new Error(`no podman for ${JSON.stringify(strange)}`);
  const security: Security = settings;
  return [
    `--user=${security.runAsUser}:${security.runAsGroup}`,
    ...(security.supplementalGroups ?? []).map((group) => `--group-add=${group}`),
    ...(security.capabilities?.drop ?? []).map((name) => `--cap-drop=${name}`),
    ...(security.capabilities?.add ?? []).map((name) => `--cap-add=${name}`),
    ...(security.readOnlyRootFilesystem ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...(security.allowPrivilegeEscalation ? [] : ['--security-opt=no-new-privileges']),
    ...(security.appArmorProfile ? ['--security-opt=apparmor=unconfined'] : []),
  ];
}

interface Volume {
  readonly name: string;
  readonly hostPath?: { readonly path: string };
  readonly configMap?: { readonly name: string };
  readonly projected?: {
    readonly sources: readonly { readonly secret: { readonly name: string } }[];
  };
}

function volumesOf(manifests: readonly Manifest[], folder: string): readonly string[] {
  const volumes = podTemplate(manifests).spec.volumes as unknown as readonly Volume[];
  return theContainer(manifests).volumeMounts.map(({ name, mountPath, readOnly }) => {
    const volume = volumes.find((each) => each.name === name);
    const source = hostFolder(volume, manifests, folder);
    return `--volume=${source}:${mountPath}${readOnly === true ? ':ro' : ''}`;
  });
}

function hostFolder(
  volume: Volume | undefined,
  manifests: readonly Manifest[],
  folder: string,
): string {
  if (volume?.configMap) return configMapFolder(volume.configMap.name, manifests, folder);
  if (volume?.projected) return secretsFolder(volume.projected.sources, manifests, folder);
  const path = volume?.hostPath?.path;
  if (path === '/var/log/pods') return kubeletFolder(folder);
  if (path === undefined) throw new Error(`no podman for ${JSON.stringify(volume)}`);
  return path;
}

function configMapFolder(name: string, manifests: readonly Manifest[], folder: string): string {
  const map = manifests.find(
    ({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name,
  );
  return folderOf(map?.data ?? {}, folder);
}

/** All keys of all these Secrets, side by side. */
function secretsFolder(
  sources: readonly { readonly secret: { readonly name: string } }[],
  manifests: readonly Manifest[],
  folder: string,
): string {
  const names = sources.map(({ secret }) => secret.name);
  const secrets = manifests.filter(
    ({ kind, metadata }) => kind === 'Secret' && names.includes(metadata.name),
  );
  if (secrets.length !== names.length) throw new Error(`not all of ${names.join()} are there`);
  const entries = secrets.flatMap(({ stringData }) => Object.entries(stringData ?? {}));
  return folderOf(Object.fromEntries(entries), folder);
}

function folderOf(files: Readonly<Record<string, string>>, folder: string): string {
  const path = mkdtempSync(join(folder, 'volume-'));
  chmodSync(path, 0o755);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(path, file), text);
  return path;
}

/** As the kubelet makes it: for root and its group alone. */
function kubeletFolder(folder: string): string {
  const path = mkdtempSync(join(folder, 'pods-'));
  mkdirSync(join(path, 'shop_cart-7d4b_01234567-89ab-cdef-0123-456789abcdef'));
  chmodSync(path, 0o750);
  return path;
}
