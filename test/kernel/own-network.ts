import type { TestContext } from 'vitest';
import { Network } from '../../deploy/demo/lab/network.ts';

/** Runs `body` in a network namespace of its own; skips the test where this process may not have one. */
export function inOwnNetwork(context: TestContext, body: (network: Network) => void): void {
  const network = enter();
  if (network === undefined) context.skip('needs network namespaces');
  try {
    body(network);
  } finally {
    network.dispose();
  }
}

function enter(): Network | undefined {
  try {
    return Network.enter();
  } catch {
    return undefined;
  }
}
