import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Resident } from './host.ts';

/** A hierarchy in which cgroups can be made: version 2, or a named one of version 1 where that is allowed. */
function findRoot(orNamed: boolean): string | undefined {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  return mounts
    .map((line) => line.split(' '))
    .find(
      ([, , type, options = '']) =>
        type === 'cgroup2' || (orNamed && options.includes('name=systemd')),
    )?.[1];
}

/** Where cgroups can be made; undefined where they cannot. */
export const CGROUPS = usableRoot(true);

/** The same of version 2, by which sockets name their cgroup. */
export const CGROUPS2 = usableRoot(false);

function usableRoot(orNamed: boolean): string | undefined {
  const root = findRoot(orNamed);
  if (root === undefined) return undefined;
  const probe = join(root, `probe-${process.pid}`);
  try {
    mkdirSync(probe);
    rmdirSync(probe);
    return root;
  } catch {
    return undefined;
  }
}

/** Cgroups of one test; they are real, so they must be removed. */
export class Cgroups {
  readonly #made: string[] = [];
  readonly #root: string;

  constructor(root = CGROUPS ?? '') {
    this.#root = root;
  }

  /** Moves the process to the cgroup `path`, which is made where it is missing. */
  move({ pid }: Pick<Resident, 'pid'>, path: string): void {
    const directory = join(this.#root, path);
    this.#make(directory);
    writeFileSync(join(directory, 'cgroup.procs'), String(pid));
  }

  #make(directory: string): void {
    if (directory === this.#root) return;
    this.#make(dirname(directory));
    try {
      mkdirSync(directory);
      this.#made.push(directory);
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }

  /** Once all processes in them have ended. */
  async remove(): Promise<void> {
    for (const directory of this.#made.toReversed()) await removeWhenEmpty(directory);
  }
}

async function removeWhenEmpty(directory: string): Promise<void> {
  for (let tries = 0; tries < 100; tries += 1) {
    try {
      rmdirSync(directory);
      return;
    } catch {
      await sleep(50);
    }
  }
}

let pods = 0;

/** A pod as the kubelet and containerd make one. */
export interface FakePod {
  readonly uid: string;
  readonly containerId: string;
  /** By systemd's names, under a parent of the test's own. */
  readonly cgroup: string;
}

export function newPod(): FakePod {
  pods += 1;
  const digits = `${process.pid.toString(16)}${pods.toString(16).padStart(4, '0')}`.padStart(
    12,
    '0',
  );
  const uid = `6f9d2f1c-0a57-4b7e-9d0a-${digits}`;
  const containerId = digits.padStart(64, 'a');
  const slice = `kubepods-burstable-pod${uid.replaceAll('-', '_')}.slice`;
  const parents = 'kubepods.slice/kubepods-burstable.slice';
  return { uid, containerId, cgroup: `${parents}/${slice}/cri-containerd-${containerId}.scope` };
}
