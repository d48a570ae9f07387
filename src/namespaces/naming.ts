import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { readCgroupOwner } from '../kernel/proc/cgroup.ts';
import { type NetnsIdentity, readNsInode } from '../kernel/netns/netns.ts';
import { readBirth } from '../kernel/proc/pid.ts';
import type { NetnsMount } from './mounts.ts';
import { type Pod, PodLogs } from './pod-logs.ts';

/** Chosen: the kubelet's folder is there within seconds; after this a pod is shown without its name. */
const POD_NAME_TIMEOUT_MS = 60_000;

/** Chosen: a pod's own processes are among the first that are found in its namespace. */
const MAX_PIDS_CHECKED = 8;

/** Identifies network namespaces. An identity is fixed for the namespace's life, because series carry it. */
export class Naming {
  readonly #procfs: string;
  readonly #podLogs: PodLogs;
  readonly #podNameTimeoutMs: number;
  #spentMs = 0;

  /**
   * `procfs` is where procfs is mounted, `podLogs` is the kubelet's log folder. `once`: a pod whose name is not
   * known now is shown without it.
   */
  constructor(procfs: string, podLogs: string, once: boolean) {
    this.#podNameTimeoutMs = once ? 0 : POD_NAME_TIMEOUT_MS;
    this.#procfs = procfs;
    this.#podLogs = new PodLogs(podLogs);
  }

  /** The exporter's own namespace, under the label `netns`. */
  identifyOwn(netns: string): NetnsIdentity {
    return { ...UNNAMED, netns, nsInode: readNsInode(join(this.#procfs, 'self/ns/net')) };
  }

  /** The exporter's own namespace where it is not the host's. It may be a pod's, or have a name. */
  identifyOwnBesideHost(inode: number, mounts: readonly NetnsMount[]): NetnsIdentity {
    const age = { nowMs: 0, ageMs: Number.POSITIVE_INFINITY };
    const netns = String(inode);
    return this.identifyByProcesses(netns, [this.#ownPid], mounts, age) ?? this.identifyOwn(netns);
  }

  /** PID 1's namespace. */
  identifyHost(netns: string): NetnsIdentity {
    return { ...UNNAMED, netns, nsInode: readNsInode(join(this.#procfs, '1/ns/net')) };
  }

  /** A namespace without processes, which a mount under /run/netns keeps alive. */
  identifyMounted(netns: string, { name, nsInode }: NetnsMount): NetnsIdentity {
    return { ...UNNAMED, netns, name, nsInode };
  }

  /**
   * The namespace of the processes `pids`, first seen `ageMs` ago; `nowMs` is monotonic. Undefined while its
   * pod's name is not known yet, but may still be.
   */
  identifyByProcesses(
    netns: string,
    pids: readonly number[],
    mounts: readonly NetnsMount[],
    age: { readonly nowMs: number; readonly ageMs: number },
  ): NetnsIdentity | undefined {
    const startMs = performance.now();
    try {
      return this.#identify(netns, pids, mounts, age);
    } finally {
      this.#spentMs += performance.now() - startMs;
    }
  }

  /** Milliseconds spent on identifying since this was asked last. */
  takeSpentMs(): number {
    const spentMs = this.#spentMs;
    this.#spentMs = 0;
    return spentMs;
  }

  #identify(
    netns: string,
    pids: readonly number[],
    mounts: readonly NetnsMount[],
    { nowMs, ageMs }: { readonly nowMs: number; readonly ageMs: number },
  ): NetnsIdentity | undefined {
    const pid = this.#oldestOfPod(pids) ?? pids[0] ?? 0;
    const { podUid, containerId } = readCgroupOwner(this.#procfs, pid);
    const pod = podUid === '' ? NO_POD : this.#podLogs.find(podUid, nowMs);
    const mayFollow = this.#podLogs.problem === '' && ageMs < this.#podNameTimeoutMs;
    if (pod === undefined && mayFollow) return undefined;
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
  isPod(pids: readonly number[]): boolean {
    return this.#oldestOfPod(pids) !== undefined;
  }

  /**
   * The oldest process that is a pod's. Others can enter the namespace of a pod (`nsenter`, `ip netns exec`),
   * also from another pod, but they are younger.
   */
  #oldestOfPod(pids: readonly number[]): number | undefined {
    return pids
      .slice(0, MAX_PIDS_CHECKED)
      .filter((pid) => readCgroupOwner(this.#procfs, pid).podUid !== '')
      .toSorted((a, b) => this.#startTicksOf(a) - this.#startTicksOf(b))[0];
  }

  #startTicksOf(pid: number): number {
    return readBirth(this.#procfs, pid)?.startTicks ?? Number.POSITIVE_INFINITY;
  }

  #nameOf(pid: number, nsInode: string, mounts: readonly NetnsMount[]): string {
    const mount = mounts.find((each) => each.nsInode === nsInode);
    return mount?.name ?? readBirth(this.#procfs, pid)?.command ?? '';
  }

  /** The exporter's own pid in this procfs; 0 where it cannot be seen. */
  get #ownPid(): number {
    try {
      return Number(readlinkSync(join(this.#procfs, 'self')));
    } catch {
      return 0;
    }
  }
}

const NO_POD: Pod = { namespace: '', name: '' };

/** An identity of which nothing is known. */
const UNNAMED: NetnsIdentity = {
  netns: '',
  nsInode: '',
  podNamespace: '',
  podName: '',
  name: '',
  containerId: '',
};
