import { readdirSync } from 'node:fs';
import { errnoOf } from '../kernel/errno.ts';

/** A Kubernetes pod. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Chosen: the kubelet makes a pod's folder before its network namespace (`createPodSandbox` in pkg/kubelet),
 * so one that is missing is nearly always of something else, and need not be looked for at each question.
 */
const RELOAD_INTERVAL_MS = 5000;

/** `BuildPodLogsDirectory` in pkg/kubelet/kuberuntime; names by RFC 1123 have no `_`. */
const FOLDER = /^([-a-z0-9]+)_([-.a-z0-9]+)_([-0-9a-f]{32,36})$/;

/** The names of pods by the kubelet's log folder, which has a folder `<namespace>_<pod>_<uid>` for each. */
export class PodLogs {
  readonly #directory: string;
  #pods: ReadonlyMap<string, Pod> = new Map();
  #problem = '';
  #nextReloadMs = -Infinity;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Why the folder could not be read the last time; empty where it could. */
  get problem(): string {
    return this.#problem;
  }

  /**
   * The pod with this uid; undefined where the folder does not have it. Reads the folder anew where the uid is
   * not known, at most once per 5 s. `nowMs` is monotonic.
   */
  find(uid: string, nowMs: number): Pod | undefined {
    if (uid === '') return undefined;
    if (!this.#pods.has(uid) && nowMs >= this.#nextReloadMs) this.#reload(nowMs);
    return this.#pods.get(uid);
  }

  /** Replaces all that was known, so that memory does not grow with the pods of the past. */
  #reload(nowMs: number): void {
    this.#nextReloadMs = nowMs + RELOAD_INTERVAL_MS;
    try {
      this.#pods = new Map(readdirSync(this.#directory).flatMap(podOf));
      this.#problem = '';
    } catch (error) {
      this.#pods = new Map();
      this.#problem = `${this.#directory}: ${problemOf(error)}`;
    }
  }
}

function podOf(folder: string): readonly (readonly [string, Pod])[] {
  const [, namespace, name, uid] = FOLDER.exec(folder) ?? [];
  if (namespace === undefined || name === undefined || uid === undefined) return [];
  return [[uid, { namespace, name }]];
}

/** The kubelet makes the folder with mode 0750, for root and its group (`setupDataDirs` in pkg/kubelet). */
function problemOf(error: unknown): string {
  const hints: Readonly<Record<string, string>> = {
    ENOENT: "not found; --path.pod-logs must name the kubelet's log folder",
    ENOTDIR: "is not a folder; --path.pod-logs must name the kubelet's log folder",
    EACCES: 'permission denied; the exporter must be in the group that owns it, usually root',
  };
  const errno = errnoOf(error);
  return hints[errno] ?? `cannot be read (${errno}); expected the kubelet's log folder`;
}
