import { KernelError } from '../kernel-error.ts';
import { uninterrupted } from '../koffi.ts';
import { libc } from '../libc.ts';
import { type Libbpf, libbpf, type Pointer } from './libbpf.ts';
import { objectFile } from './object-file.ts';

/**
 * What an error of loading or attaching means here (`bpf_prog_load` in kernel/bpf/syscall.c, `btf__load_vmlinux_btf` in
 * libbpf).
 */
const PROBLEMS: Readonly<Record<string, string>> = {
  EPERM: 'needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN',
  EACCES: 'refused by the kernel',
  ESRCH: 'this kernel does not describe its types (CONFIG_DEBUG_INFO_BTF)',
  ENOENT: 'this kernel does not describe its types (CONFIG_DEBUG_INFO_BTF)',
};

/** A BPF program cannot be loaded, or read. */
export class BpfError extends KernelError {}

/** A file of BPF programs while it is being loaded. It keeps nothing open but the descriptors that it returned. */
export class BpfObject {
  readonly #library: Libbpf;
  readonly #name: string;
  readonly #object: Pointer;
  readonly #links: Pointer[] = [];

  private constructor(library: Libbpf, name: string, object: Pointer) {
    this.#library = library;
    this.#name = name;
    this.#object = object;
  }

  /**
   * Loads the programs of `name` into the kernel, but for those of `without`, and closes the file behind `attach`. Throws
   * `BpfError` where there is no libbpf, no such file, or no permission.
   */
  static use<T>(name: string, without: readonly string[], attach: (object: BpfObject) => T): T {
    return uninterrupted(() => {
      const object = BpfObject.#load(name, without);
      try {
        return attach(object);
      } finally {
        object.#close();
      }
    });
  }

  static #load(name: string, without: readonly string[]): BpfObject {
    const library = openLibrary();
    const path = objectFile(name);
    if (path === undefined) throw new BpfError(`BPF ${name}`, 'this build was made without clang');
    const object = new BpfObject(library, name, library.openFile(path));
    if (object.#object === null) throw object.#error();
    for (const program of without) library.setAutoload(object.#find(program), false);
    if (library.load(object.#object) >= 0) return object;
    const error = object.#error();
    object.#close();
    throw error;
  }

  /** Attaches an iterator; returns a descriptor of its link, which lives on. Throws `BpfError`. */
  attachIterator(program: string): number {
    return this.#copyOfLink(this.#library.attachIterator(this.#find(program)));
  }

  /** Attaches a program to the place in the kernel that its section names; returns as `attachIterator`. */
  attach(program: string): number {
    return this.#copyOfLink(this.#library.attach(this.#find(program)));
  }

  /** A descriptor of a program that is attached to nothing, which lives on. Throws `BpfError`. */
  program(name: string): number {
    return this.#copy(this.#library.programFd(this.#find(name)));
  }

  /** A descriptor of a map, which lives on. Throws `BpfError`. */
  map(name: string): number {
    return this.#copy(this.#library.mapFd(this.#object, name));
  }

  /** Closes all but the descriptors that were returned. */
  #close(): void {
    for (const link of this.#links) this.#library.destroyLink(link);
    this.#library.close(this.#object);
  }

  #find(program: string): Pointer {
    return this.#library.findProgram(this.#object, program);
  }

  #copyOfLink(link: Pointer): number {
    if (link === null) throw this.#error();
    this.#links.push(link);
    return this.#copy(this.#library.linkFd(link));
  }

  #copy(fd: number): number {
    const copy = libc().dup(fd);
    if (copy < 0) throw this.#error();
    return copy;
  }

  #error(): BpfError {
    const errno = this.#library.errnoName();
    return new BpfError(
      `BPF ${this.#name}`,
      PROBLEMS[errno] ?? `cannot be loaded (${errno})`,
      errno,
    );
  }
}

function openLibrary(): Libbpf {
  try {
    return libbpf();
  } catch (cause) {
    if (!(cause instanceof KernelError)) throw cause;
    throw new BpfError('BPF', cause.message, cause.errno, { cause });
  }
}
