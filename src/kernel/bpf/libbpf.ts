import { KernelError } from '../kernel-error.ts';
import { errnoName, type Koffi, withKoffi } from '../koffi.ts';

/** Functions of libbpf 1.x, which loads BPF programs and fits them to the running kernel; no other file knows it. */

const LIBRARY = 'libbpf.so.1';

/** A pointer of libbpf; null where the call failed. */
export type Pointer = object | null;

export interface Libbpf {
  readonly openFile: (path: string) => Pointer;
  /** A result below 0 is an error, negated. */
  readonly load: (object: Pointer) => number;
  readonly close: (object: Pointer) => undefined;
  readonly findProgram: (object: Pointer, name: string) => Pointer;
  readonly setAutoload: (program: Pointer, isLoaded: boolean) => number;
  readonly attach: (program: Pointer) => Pointer;
  readonly attachIterator: (program: Pointer) => Pointer;
  readonly linkFd: (link: Pointer) => number;
  readonly destroyLink: (link: Pointer) => number;
  /** The descriptor of map `name`; below 0 where there is none. */
  readonly mapFd: (object: Pointer, name: string) => number;
  /** Opens a pass of the iterator in the network namespace that this thread is in. */
  readonly createIterator: (linkFd: number) => number;
  /** The descriptor of a program that was loaded. */
  readonly programFd: (program: Pointer) => number;
  /** Runs a program that is attached to nothing, once, in this thread. */
  readonly run: (programFd: number) => number;
  readonly lookup: (mapFd: number, key: Uint8Array, value: Uint8Array) => number;
  readonly update: (mapFd: number, key: Uint8Array, value: Uint8Array) => number;
  /**
   * Fills `keys` and `values` with entries from the first on, `count` at most, and sets `count` to how many they are. Fills
   * `next` with the place of the next one.
   */
  readonly lookupBatch: (
    mapFd: number,
    next: Uint8Array,
    keys: Uint8Array,
    values: Uint8Array,
    count: Uint32Array,
  ) => number;
  /** The name of the last call's error, such as `EPERM`. */
  readonly errnoName: () => string;
}

let loaded: Libbpf | KernelError | undefined;

/** Loads libbpf at the first call. Throws `KernelError` where it is not there; that is not tried again. */
export function libbpf(): Libbpf {
  loaded ??= load();
  if (loaded instanceof KernelError) throw loaded;
  return loaded;
}

function load(): Libbpf | KernelError {
  try {
    return withKoffi(bind);
  } catch (cause) {
    return new KernelError(LIBRARY, 'not installed, or koffi is not', '', { cause });
  }
}

const UPDATE_ANY = 0;

/** `struct bpf_test_run_opts`, which begins with its own length. All else is for programs with an input. */
const RUN_OPTIONS = new Uint8Array(new BigUint64Array([80n, ...Array<bigint>(9).fill(0n)]).buffer);

function bind(koffi: Koffi): Libbpf {
  const library = koffi.load(LIBRARY);
  // It would write to standard error what is no error here: a kernel that refuses a program.
  library.func<Pointer>('void *libbpf_set_print(void *)')(null);
  const openFile = library.func<Pointer>('void *bpf_object__open_file(const char *, void *)');
  const attachIterator = library.func<Pointer>('void *bpf_program__attach_iter(void *, void *)');
  const createIterator = library.func('int bpf_iter_create(int)');
  const update = library.func(
    'int bpf_map_update_elem(int, const uint8_t *, const uint8_t *, uint64_t)',
  );
  const run = library.func('int bpf_prog_test_run_opts(int, uint8_t *)');
  const lookupBatch = library.func(
    'int bpf_map_lookup_batch(int, void *, uint8_t *, uint8_t *, uint8_t *, uint32_t *, void *)',
  );
  const findMap = library.func('int bpf_object__find_map_fd_by_name(void *, const char *)');
  return {
    openFile: (path) => openFile(path, null),
    load: library.func('int bpf_object__load(void *)'),
    close: library.func<undefined>('void bpf_object__close(void *)'),
    findProgram: library.func<Pointer>(
      'void *bpf_object__find_program_by_name(void *, const char *)',
    ),
    setAutoload: library.func('int bpf_program__set_autoload(void *, bool)'),
    attach: library.func<Pointer>('void *bpf_program__attach(void *)'),
    attachIterator: (program) => attachIterator(program, null),
    linkFd: library.func('int bpf_link__fd(void *)'),
    destroyLink: library.func('int bpf_link__destroy(void *)'),
    mapFd: findMap,
    createIterator,
    programFd: library.func('int bpf_program__fd(void *)'),
    run: (programFd) => run(programFd, RUN_OPTIONS),
    lookup: library.func('int bpf_map_lookup_elem(int, const uint8_t *, uint8_t *)'),
    update: (mapFd, key, value) => update(mapFd, key, value, UPDATE_ANY),
    lookupBatch: (mapFd, next, keys, values, count) =>
      lookupBatch(mapFd, null, next, keys, values, count, null),
    errnoName: () => errnoName(koffi, koffi.errno()),
  };
}
