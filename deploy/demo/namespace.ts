import { readlinkSync } from 'node:fs';
import { Network } from './lab/network.ts';
import { RANGE, SERVICE } from './addresses.ts';

/** Gives the namespace that this process was started in a loopback device, the service's address, the range. */
export function setUpNamespace(): void {
  if (!isOwn()) throw new Error('this is the network of the host: start it by npm run demo');
  try {
    const network = Network.here();
    network.raiseLoopback();
    network.addAddress(SERVICE.host);
    network.range(RANGE.low, RANGE.high);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`the namespace cannot be set up: ${reason}`, { cause });
  }
}

/** Whether the process that started this one is in another network. In a user namespace it is out of sight. */
function isOwn(): boolean {
  try {
    return readlinkSync('/proc/self/ns/net') !== readlinkSync(`/proc/${process.ppid}/ns/net`);
  } catch {
    return true;
  }
}
