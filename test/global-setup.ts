import { missing } from './support/tools.ts';

/** Fetches what the tests need beyond npm, once and before the namespaces cut the network off. */
export function setup(): void {
  const reason = missing(['promtool', 'prometheus'], ['ss', 'iproute2']);
  if (reason !== undefined) console.warn(`some tests will be skipped: ${reason}`);
}
