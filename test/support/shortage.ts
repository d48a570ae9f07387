import koffi from 'koffi';

/** Makes this process short of descriptors, as a leak or a busy machine does. */

const libc = koffi.load(null);
const getrlimit = libc.func('int getrlimit(int, uint64_t *)') as Limit;
const setrlimit = libc.func('int setrlimit(int, uint64_t *)') as Limit;
type Limit = (resource: number, limit: BigUint64Array) => number;

const RLIMIT_NOFILE = 7;

/** Calls `run`, which must be synchronous, while every call that would open a descriptor fails with EMFILE. */
export function withoutDescriptors<T>(run: () => T): T {
  const before = new BigUint64Array(2);
  if (getrlimit(RLIMIT_NOFILE, before) !== 0) throw new Error('getrlimit() failed');
  setrlimit(RLIMIT_NOFILE, new BigUint64Array([0n, before[1] ?? 0n]));
  try {
    return run();
  } finally {
    setrlimit(RLIMIT_NOFILE, before);
  }
}
