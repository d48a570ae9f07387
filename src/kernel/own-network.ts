import { readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { isLocalAddress } from './local-address.ts';
import { readKernelFile } from './proc/kernel-file.ts';

/** The local addresses of a network namespace, and whether IPv6 is switched off there (`disable_ipv6`). */
export interface OwnAddresses {
  readonly addresses: readonly string[];
  readonly isIpv6Off: boolean;
  /** Whether `bind()` to an address works here; undefined where that cannot be asked. */
  readonly mayBind: (address: string) => boolean | undefined;
}

/** Those of the namespace that this thread is in. `procfs` is where procfs is mounted. */
export function ownAddresses(procfs: string): OwnAddresses {
  const off = readKernelFile(`${procfs}/sys/net/ipv6/conf/all/disable_ipv6`);
  const interfaces = Object.values(networkInterfaces());
  const addresses = interfaces.flatMap((list) => list?.map(({ address }) => address) ?? []);
  return { addresses, isIpv6Off: off?.trim() === '1', mayBind: isLocalAddress };
}

/** Whether this thread is in the namespace with this number, which `lsns` shows. */
export function isOwnNetwork(nsInode: string, procfs: string): boolean {
  try {
    return readlinkSync(`${procfs}/thread-self/ns/net`) === `net:[${nsInode}]`;
  } catch {
    return false;
  }
}
