import { join } from 'node:path';
import { isShortage } from '../shortage.ts';
import { KernelFileError, readKernelFile } from './kernel-file.ts';

/** The pod and the container that a process's cgroup belongs to; empty where there is none. */
export interface CgroupOwner {
  /** A UUID with dashes, or 32 hexadecimal digits for a static pod. */
  readonly podUid: string;
  /** 64 hexadecimal digits. */
  readonly containerId: string;
}

const NONE: CgroupOwner = { podUid: '', containerId: '' };

/** A uid of the API server, or the MD5 of a static pod's manifest (`applyDefaults` in pkg/kubelet/config). */
function uidPattern(dash: string): string {
  const uuid = `[0-9a-f]{8}(?:${dash}[0-9a-f]{4}){3}${dash}[0-9a-f]{12}`;
  return `(${uuid}|[0-9a-f]{32})`;
}

/**
 * In the name of a slice a dash separates parent and child, so the kubelet writes the uid with `_`
 * (`escapeSystemdCgroupName`).
 */
const SLICE = `[/-]kubepods(?:-burstable|-besteffort)?-pod${uidPattern('_')}\\.slice(?=[/:]|$)`;

/**
 * Seen from another cgroup namespace, parents are shown as `..` (`kernfs_path_from_node` in
 * fs/kernfs/dir.c).
 */
const FOLDER = `/(?:kubepods|burstable|besteffort|\\.\\.)/pod${uidPattern('-')}(?=/|$)`;

const POD = new RegExp(`${SLICE}|${FOLDER}`);

/**
 * Some runtimes put words in front of the id, such as `cri-containerd-`; Kata puts `kata_` (`RenameCgroupPath` of
 * its runtime), but for scopes of systemd (`getSliceAndUnit`). The ids right under `libpod_parent`
 * are of Podman's pods and not of containers (libpod/runtime_pod_linux.go).
 */
const CONTAINER = /(?<=[/:-](?:kata_)?)(?<!\/libpod_parent\/)([0-9a-f]{64})(?:\.scope)?(?=\/|$)/;

/**
 * `hierarchy:controllers:path` (`proc_cgroup_show` in kernel/cgroup/cgroup.c). Only the path can have colons.
 * It can have any character but a newline (`cgroup_mkdir`).
 */
const LINE = /^\d+:[^:]*:(\/.*?)(?: \(deleted\))?$/s;

/**
 * The owner by the content of /proc/PID/cgroup, with cgroup v1, v2 or both. Not every hierarchy of v1 has a
 * cgroup for each pod, so the line that tells most is believed. Never throws.
 */
export function parseCgroup(text: string): CgroupOwner {
  const owners = text.split('\n').map(ownerOf);
  return (
    owners.find(({ podUid, containerId }) => podUid !== '' && containerId !== '') ??
    owners.find(({ podUid }) => podUid !== '') ??
    owners.find(({ containerId }) => containerId !== '') ??
    NONE
  );
}

function ownerOf(line: string): CgroupOwner {
  return cgroupOwnerOf(LINE.exec(line)?.[1] ?? '');
}

/**
 * The outermost pod of a path in the cgroup tree, and its container: a process inside may make cgroups with such names of
 * its own.
 */
export function cgroupOwnerOf(path: string): CgroupOwner {
  const pod = POD.exec(path);
  if (pod === null) return { podUid: '', containerId: containerOf(path) };
  const uid = pod[1] ?? pod[2] ?? '';
  const inside = path.slice(pod.index + pod[0].length);
  return { podUid: uid.replaceAll('_', '-'), containerId: containerOf(inside) };
}

function containerOf(path: string): string {
  return CONTAINER.exec(path)?.[1] ?? '';
}

/**
 * The owner of a process; `procfs` is where procfs is mounted. None where the file cannot be read: the process
 * has ended, must not be seen, or has a path that is too long for the kernel to show (`proc_cgroup_show`). Throws
 * `KernelFileError` where descriptors or memory are short.
 */
export function readCgroupOwner(procfs: string, pid: number): CgroupOwner {
  try {
    return parseCgroup(readKernelFile(join(procfs, String(pid), 'cgroup')) ?? '');
  } catch (error) {
    if (error instanceof KernelFileError && !isShortage(error.errno)) return NONE;
    throw error;
  }
}
