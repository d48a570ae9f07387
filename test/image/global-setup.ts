import { CLUSTER_TOOLS } from '../support/cluster-tools.ts';

/** Fetches what the tests need beyond npm and the images, once: test files that fetch it at the same time disturb each other. */
export function setup(): void {
  for (const { reason } of CLUSTER_TOOLS) {
    if (reason !== undefined) console.warn(`some tests will be skipped: ${reason}`);
  }
}
