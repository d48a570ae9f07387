import { misfits } from './mutation.ts';

/** Says at once, and for all, which errors cannot be planted any more. */
export function setup(): void {
  const found = misfits();
  if (found.length > 0) throw new Error(`mend test/mutate/mutations.ts:\n${found.join('\n')}`);
}
