import { spawnSync } from 'node:child_process';

/** Set by run.sh, which has built the images. */
export function fromEnvironment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: run test/image/run.sh`);
  return value;
}

const PODMAN = fromEnvironment('PODMAN');
const REPOSITORY = fromEnvironment('IMAGE');

/** The commit that run.sh told the build. */
export const REVISION = fromEnvironment('REVISION');

/** Processors as Docker names them. */
export type Arch = 'amd64' | 'arm64';

export function imageFor(arch: Arch): string {
  return `${REPOSITORY}:${arch}`;
}

/** The image for amd64, built a second time. */
export const AGAIN = `${REPOSITORY}:again`;

/** An image of nothing but what the builder is sent. */
export const CONTEXT_IMAGE = `${REPOSITORY}:context`;

/** What the image is made on top of. */
export function baseFor(arch: Arch): string {
  return `localhost/base:${arch}`;
}

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs podman to its end, whatever that is. */
export function tryPodman(...args: readonly string[]): Result {
  const options = { encoding: 'utf8', timeout: 60_000 } as const;
  const { status, stdout, stderr } = spawnSync(PODMAN, args, options);
  return { status, stdout, stderr };
}

/** Runs podman; what it printed. Throws where it fails. */
export function podman(...args: readonly string[]): string {
  const { status, stdout, stderr } = tryPodman(...args);
  if (status !== 0) throw new Error(`podman ${args.join(' ')}: ${status} ${stderr}`);
  return stdout.trim();
}

/** One run of the image's program to its end. */
export function runImage(
  how: readonly string[],
  flags: readonly string[],
  arch: Arch = 'amd64',
): Result {
  const once = ['run', '--rm', '--pull=never', `--arch=${arch}`, '--network=host'];
  return tryPodman(...once, ...how, imageFor(arch), ...flags);
}

export interface ImageFacts {
  readonly Architecture: string;
  readonly Size: number;
  readonly User: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Healthcheck?: { readonly Test: readonly string[]; readonly Interval: number };
  readonly Config: {
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[] | null;
    readonly ExposedPorts?: Readonly<Record<string, unknown>>;
    readonly Env: readonly string[];
  };
}

export function inspectImage(image: string): ImageFacts {
  const [facts] = JSON.parse(podman('image', 'inspect', image)) as ImageFacts[];
  if (facts === undefined) throw new Error(`no image ${image}`);
  return facts;
}

/** Calls `look` with the folder that the image's file system is mounted at. */
export function withFiles<T>(image: string, look: (root: string) => T): T {
  const root = podman('image', 'mount', image);
  try {
    return look(root);
  } finally {
    podman('image', 'unmount', image);
  }
}
