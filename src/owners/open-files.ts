import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { BpfError } from '../kernel/bpf/bpf-object.ts';
import { OpenSockets } from '../kernel/bpf/open-sockets.ts';
import { listProcesses } from '../kernel/proc/pid.ts';
import { socketInodesOf } from '../kernel/proc/process-sockets.ts';
import { readOr } from '../kernel/shortage.ts';

/** A file that a process has open. */
export interface OpenFile {
  readonly pid: number;
  /** Undefined where it is no socket. */
  readonly inode: number | undefined;
}

/**
 * Files after which the BPF program is used, where it can be. Chosen: within the share of a core that a daemon has for it, to
 * look at as many links takes half a minute. To load the program takes as long as some 4,000 links, on a busy host 30,000.
 */
const MANY_FILES = 50_000;

/** The first pid namespace (`PROC_PID_INIT_INO` in include/linux/proc_ns.h), as whose processes the BPF program numbers them. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

/** The files that processes have open, by /proc/PID/fd; where there are many, their sockets alone, by BPF. */
export class OpenFiles {
  readonly #procfs: string;
  readonly #manyFiles: number;
  #sockets: OpenSockets | undefined;
  #mayUseBpf = true;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string, manyFiles = MANY_FILES) {
    this.#procfs = procfs;
    this.#manyFiles = manyFiles;
  }

  /**
   * Lowest pid first; from the beginning again where BPF goes on. Throws `KernelFileError` where descriptors or memory are short.
   */
  *list(): Generator<OpenFile> {
    let files = 0;
    if (this.#sockets === undefined) {
      for (const file of filesOf(this.#procfs)) {
        yield file;
        files += 1;
        if (files > this.#manyFiles && this.#loads()) break;
      }
    }
    if (this.#sockets !== undefined) yield* this.#listByBpf(this.#sockets);
  }

  /** Unloads the program, where it was loaded. */
  close(): void {
    this.#sockets?.close();
    this.#sockets = undefined;
  }

  /** A pass that fails is begun anew by /proc. */
  *#listByBpf(sockets: OpenSockets): Generator<OpenFile> {
    try {
      yield* sockets.pass();
    } catch (error) {
      this.#refuse(error);
      yield* filesOf(this.#procfs);
    }
  }

  #loads(): boolean {
    this.#mayUseBpf &&= isInFirstPidNamespace(this.#procfs);
    if (!this.#mayUseBpf) return false;
    try {
      this.#sockets = OpenSockets.open();
      return true;
    } catch (error) {
      this.#refuse(error);
      return false;
    }
  }

  #refuse(error: unknown): void {
    if (!(error instanceof BpfError)) throw error;
    this.close();
    this.#mayUseBpf = false;
  }
}

function* filesOf(procfs: string): Generator<OpenFile> {
  for (const pid of listProcesses(procfs)) {
    for (const inode of socketInodesOf(procfs, pid)) yield { pid, inode };
  }
}

function isInFirstPidNamespace(procfs: string): boolean {
  const path = join(procfs, 'self/ns/pid');
  return readOr(path, '', () => readlinkSync(path)) === FIRST_PID_NAMESPACE;
}
