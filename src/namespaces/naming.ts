import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readCgroupOwner } from '../kernel/proc/cgroup.ts';
import { type NetnsIdentity, readNsInode } from '../kernel/netns/netns.ts';
import { readBirth } from '../kernel/proc/pid.ts';
import type { NetnsMount } from './mounts.ts';
import { type Pod, PodLogs } from './pod-logs.ts';

/** How long a pod may be missing from the kubelet's folder before it is shown without its name. */
const PATIENCE_MS = 60_000;

/** Processes of a namespace that are asked whether they are a pod's. */
const ASKED = 8;

/** Says whose a network namespace is. What it says of one is fixed for its life: labels hang on it. */
export class Naming {
  readonly #procfs: string;
  readonly #podLogs: PodLogs;
  readonly #patienceMs: number;

  /** `once`: what is not known now will not be known later. */
  constructor(procfs: string, podLogs: string, once: boolean) {
    this.#patienceMs = once ? 0 : PATIENCE_MS;
    this.#procfs = procfs;
    this.#podLogs = new PodLogs(podLogs);
  }

  /** The exporter's own namespace, under the label `netns`. */
  own(netns: string): NetnsIdentity {
    return { ...NOBODY, netns, nsInode: readNsInode(join(this.#procfs, 'self/ns/net')) };
  }

  /** The exporter's own namespace, which is not the host's: a pod's perhaps. */
  ownBeside(inode: number): NetnsIdentity {
    const age = { nowMs: 0, ageMs: Number.POSITIVE_INFINITY };
    const netns = String(inode);
    return this.ofProcesses(netns, [this.#ownPid], [], age) ?? this.own(netns);
  }

  /** PID 1's namespace. */
  host(netns: string): NetnsIdentity {
    return { ...NOBODY, netns, nsInode: readNsInode(join(this.#procfs, '1/ns/net')) };
  }

  /** One that only a mount keeps. */
  mounted(netns: string, { name, nsInode }: NetnsMount): NetnsIdentity {
    return { ...NOBODY, netns, name, nsInode };
  }

  /**
   * One that `pids` are in, first seen `ageMs` ago. Undefined while its pod is not known yet, but may soon
   * be.
   */
  ofProcesses(
    netns: string,
    pids: readonly number[],
    mounts: readonly NetnsMount[],
    { nowMs, ageMs }: { readonly nowMs: number; readonly ageMs: number },
  ): NetnsIdentity | undefined {
    const pid = this.#ofPod(pids) ?? pids[0] ?? 0;
    const { podUid, containerId } = readCgroupOwner(this.#procfs, pid);
    const pod = podUid === '' ? NO_POD : this.#podLogs.find(podUid, nowMs);
    const mayCome = this.#podLogs.problem === '' && ageMs < this.#patienceMs;
    if (pod === undefined && mayCome) return undefined;
    const nsInode = readNsInode(join(this.#procfs, String(pid), 'ns/net'));
    const name = this.#nameOf(pid, nsInode, mounts);
    const { namespace: podNamespace, name: podName } = pod ?? NO_POD;
    return { netns, nsInode, podNamespace, podName, name, containerId };
  }

  /** Why pods cannot be named; empty where they can, or none had to be. */
  get problem(): string {
    return this.#podLogs.problem;
  }

  /** Whether one of the processes is a pod's. */
  isOfPod(pids: readonly number[]): boolean {
    return this.#ofPod(pids) !== undefined;
  }

  /**
   * Somebody from elsewhere may look into a pod, from another one perhaps: the oldest process of a pod says
   * whose it is.
   */
  #ofPod(pids: readonly number[]): number | undefined {
    return pids
      .slice(0, ASKED)
      .filter((pid) => readCgroupOwner(this.#procfs, pid).podUid !== '')
      .toSorted((a, b) => this.#startOf(a) - this.#startOf(b))[0];
  }

  #startOf(pid: number): number {
    return readBirth(this.#procfs, pid)?.startTicks ?? Number.POSITIVE_INFINITY;
  }

  #nameOf(pid: number, nsInode: string, mounts: readonly NetnsMount[]): string {
    const mount = mounts.find((each) => each.nsInode === nsInode);
    return mount?.name ?? readBirth(this.#procfs, pid)?.command ?? '';
  }

  /** The number of the exporter's own process under this procfs; 0 where it is out of sight. */
  get #ownPid(): number {
    try {
      return Number(readlinkSync(join(this.#procfs, 'self')));
    } catch {
      return 0;
    }
  }
}

const NO_POD: Pod = { namespace: '', name: '' };

const NOBODY: NetnsIdentity = {
  netns: '',
  nsInode: '',
  podNamespace: '',
  podName: '',
  name: '',
  containerId: '',
};
