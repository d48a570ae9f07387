import { readlinkSync } from 'node:fs';
import { Network } from './lab/network.ts';
import { RANGE, SERVICE } from './addresses.ts';
import type { Scenario } from './scenario.ts';

/**
 * Sets up the network namespace of this process: loopback up, the addresses of service and client on it, the small
 * port range.
 * Throws where the namespace is the host's, which must not be changed.
 */
export function setUpNamespace({ localAddress }: Scenario): void {
  if (!isOwn()) throw new Error('this is the network of the host: start it by npm run demo');
  try {
    const network = Network.here();
    network.raiseLoopback();
    network.addAddress(SERVICE.host);
    if (localAddress !== undefined) network.addAddress(localAddress);
    network.range(RANGE.low, RANGE.high);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the namespace cannot be set up: ${reason}`, { cause });
  }
}

/**
 * Whether the parent process is in another network namespace. In a user namespace the parent's cannot be read; then
 * this process was put into one of its own.
 */
function isOwn(): boolean {
  try {
    return readlinkSync('/proc/self/ns/net') !== readlinkSync(`/proc/${process.ppid}/ns/net`);
  } catch {
    return true;
  }
}
