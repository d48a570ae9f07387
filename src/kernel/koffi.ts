import { createRequire } from 'node:module';
import { NativeLoad, newLoadFlag } from './native-load.ts';

/** koffi, which calls functions of native libraries; no other file loads it. */

/** A function as its declaration in C says. Pointers that are handed on but not read are `unknown`. */
export type NativeCall<Result = number> = (...args: readonly unknown[]) => Result;

export interface NativeLibrary {
  func<Result = number>(declaration: string): NativeCall<Result>;
}

/** The part of koffi that is used here. */
export interface Koffi {
  /** `null` is the program itself with all that it is linked with. */
  load(path: string | null): NativeLibrary;
  errno(): number;
  readonly os: { readonly errno: Readonly<Record<string, number>> };
}

let nativeLoad = new NativeLoad(newLoadFlag());

/** Says in memory that another thread can see while this one loads native code (see `NativeLoad`). */
export function sayLoadsIn(flag: Int32Array): void {
  nativeLoad = new NativeLoad(flag);
}

/**
 * Loads koffi, and libraries and their functions by `bind`. Throws what Node.js throws where koffi is not there, or does not
 * work.
 */
export function withKoffi<T>(bind: (koffi: Koffi) => T): T {
  return uninterrupted(() => bind(createRequire(import.meta.url)('koffi') as Koffi));
}

/** Makes calls that return pointers: koffi makes objects of them, which is like loading (see `NativeLoad`). */
export function uninterrupted<T>(makeCalls: () => T): T {
  return nativeLoad.run(makeCalls);
}

/** The name of an error such as `EACCES`. */
export function errnoName({ os }: Koffi, code: number): string {
  const name = Object.entries(os.errno).find(([, value]) => value === code)?.[0];
  return name ?? `errno ${code}`;
}
