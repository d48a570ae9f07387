import { join } from 'node:path';
import { KernelFileError, readKernelFile } from './kernel-file.ts';

/** Whose cgroup a process is in; empty texts where it is in none of a pod or container. */
export interface CgroupOwner {
  /** As the kubelet writes it elsewhere: with dashes, or 32 digits for a static pod. */
  readonly podUid: string;
  /** 64 digits. */
  readonly containerId: string;
}

const NONE: CgroupOwner = { podUid: '', containerId: '' };

/** An API server's uid, or the MD5 of a static pod's manifest (`applyDefaults` in pkg/kubelet/config). */
function uidPattern(dash: string): string {
  const uuid = `[0-9a-f]{8}(?:${dash}[0-9a-f]{4}){3}${dash}[0-9a-f]{12}`;
  return `(${uuid}|[0-9a-f]{32})`;
}

/** In a slice's name a dash is a step down, so the kubelet writes `_` (`escapeSystemdCgroupName`). */
const SLICE = `[/-]kubepods(?:-burstable|-besteffort)?-pod${uidPattern('_')}\\.slice(?=[/:]|$)`;

/** The parents end in `..` when seen from a cgroup namespace (`kernfs_path_from_node` in fs/kernfs/dir.c). */
const FOLDER = `/(?:kubepods|burstable|besteffort|\\.\\.)/pod${uidPattern('-')}(?=/|$)`;

const POD = new RegExp(`${SLICE}|${FOLDER}`);

/**
 * Runtimes put their name in front, none or several words of it. Right under `libpod_parent` there are
 * Podman's own pods, whose ids look alike (libpod/runtime_pod_linux.go).
 */
const CONTAINER = /(?<=[/:-])(?<!\/libpod_parent\/)([0-9a-f]{64})(?:\.scope)?(?=\/|$)/;

/**
 * `hierarchy:controllers:path`; only the path may have colons (`proc_cgroup_show` in kernel/cgroup). A
 * newline is the one character that a cgroup's name cannot have (`cgroup_mkdir`).
 */
const LINE = /^\d+:[^:]*:(\/.*?)(?: \(deleted\))?$/s;

/**
 * Parses the content of /proc/PID/cgroup, v1 or v2 or hybrid. Not every hierarchy is divided by pod, so
 * the line that says most is right.
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

/** The outermost pod and its container: what runs inside may make such cgroups of its own. */
function ownerOf(line: string): CgroupOwner {
  const path = LINE.exec(line)?.[1] ?? '';
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
 * The owner of a process under the procfs mount `procfs`; none where that cannot be read: the process has
 * gone, is out of sight, or has a path that is too long for the kernel to tell (`proc_cgroup_show`).
 */
export function readCgroupOwner(procfs: string, pid: number): CgroupOwner {
  try {
    return parseCgroup(readKernelFile(join(procfs, String(pid), 'cgroup')) ?? '');
  } catch (error) {
    if (error instanceof KernelFileError) return NONE;
    throw error;
  }
}
