/**
 * What the sampler's thread, which has everything that the latest poll found, can be asked between two polls. Plain data, because
 * it goes from thread to thread.
 */
export type Question =
  | { readonly about: 'snapshot' }
  /** With `maxEndpoints` at most; without, as many as an overview has. */
  | { readonly about: 'overview'; readonly maxEndpoints?: number };

/** JSON in UTF-8, or why the question has no answer. */
export type Answer =
  | { readonly ok: true; readonly json: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly problem: string };

/** Tells questions apart whose answers differ within one poll. */
export function questionKey(question: Question): string {
  return JSON.stringify(question);
}
