import { type Cgroup, findCgroupMount, walkCgroups } from '../kernel/cgroup/cgroup-tree.ts';
import { systemdUnitOf } from '../kernel/cgroup/systemd-unit.ts';
import { cgroupOwnerOf } from '../kernel/proc/cgroup.ts';
import { PodLogs } from '../namespaces/pod-logs.ts';
import type { OwnerGroup } from './owner.ts';
import type { IsTimeLeft } from './time-left.ts';

/** How long a cgroup that is not in the tree is not looked for again: its sockets can outlive it. Chosen. */
const MISSING_LIFE_MS = 60_000;

/** Cgroups that are remembered at most; a node has hundreds. Chosen. */
const MAX_KNOWN = 16_384;

/** Digits of a container's id that its runtime's tools show. */
const SHORT_ID = 12;

/** Says which pod, systemd unit or container a cgroup belongs to, by its path in the host's cgroup2 tree. */
export class CgroupGroups {
  readonly #path: string;
  readonly #podLogs: PodLogs;
  #paths = new Map<number, string>();
  /** When cgroups that are in no tree were last looked for, on the monotonic clock. */
  readonly #missingSinceMs = new Map<number, number>();
  readonly #wanted = new Set<number>();
  #walk: Generator<Cgroup> | undefined;

  /** `path` is where the cgroup tree is mounted, `podLogs` is the kubelet's log folder. */
  constructor(path: string, podLogs: string) {
    this.#path = path;
    this.#podLogs = new PodLogs(podLogs);
  }

  /** Why cgroups cannot be told; empty where they can. Throws `KernelFileError`. */
  get problem(): string {
    return findCgroupMount(this.#path).problem;
  }

  /** What the cgroup belongs to; undefined where that is nothing, or not known yet. `nowMs` is monotonic. */
  groupOf(id: number, nowMs: number): OwnerGroup | undefined {
    const path = this.#paths.get(id);
    if (path !== undefined) return this.#describe(path, nowMs);
    const missingSinceMs = this.#missingSinceMs.get(id) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - missingSinceMs >= MISSING_LIFE_MS) this.#wanted.add(id);
    return undefined;
  }

  /** Whether a search waits to be continued. */
  get isSearching(): boolean {
    return this.#wanted.size > 0;
  }

  /**
   * Goes on looking through the tree for the cgroups that were asked for; returns whether there were any. Throws
   * `KernelFileError`.
   */
  search(isTimeLeft: IsTimeLeft, nowMs: number): boolean {
    if (this.#wanted.size === 0) return false;
    while (this.#wanted.size > 0 && isTimeLeft()) this.#step(nowMs);
    return true;
  }

  #step(nowMs: number): void {
    this.#walk ??= this.#begin();
    const next = this.#walk.next();
    if (next.done === true) this.#endWalk(nowMs);
    else if (this.#wanted.delete(next.value.id)) this.#paths.set(next.value.id, next.value.path);
    if (this.#wanted.size === 0) this.#walk = undefined;
  }

  #begin(): Generator<Cgroup> {
    const { root, problem } = findCgroupMount(this.#path);
    if (this.#paths.size > MAX_KNOWN) this.#paths = new Map();
    return problem === '' ? walkCgroups(root) : noCgroups();
  }

  #endWalk(nowMs: number): void {
    this.#missingSinceMs.clear();
    for (const id of this.#wanted) this.#missingSinceMs.set(id, nowMs);
    this.#wanted.clear();
    this.#walk = undefined;
  }

  #describe(path: string, nowMs: number): OwnerGroup | undefined {
    const { podUid, containerId } = cgroupOwnerOf(path);
    if (podUid !== '') {
      const pod = this.#podLogs.find(podUid, nowMs);
      const name = pod === undefined ? podUid : `${pod.namespace}/${pod.name}`;
      return { kind: 'pod', name, podUid, containerId };
    }
    if (containerId !== '') {
      return {
        kind: 'container',
        name: containerId.slice(0, SHORT_ID),
        podUid,
        containerId,
      };
    }
    const unit = systemdUnitOf(path);
    return unit === '' ? undefined : { kind: 'unit', name: unit, podUid, containerId };
  }
}

function* noCgroups(): Generator<Cgroup> {
  // Nothing to walk through.
}
