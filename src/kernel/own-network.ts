import { readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { KernelError } from './kernel-error.ts';
import { isLocalAddress } from './local-address.ts';
import { Routes } from './netlink/route.ts';
import { readKernelFile } from './proc/kernel-file.ts';

/** The local addresses of a network namespace, and whether IPv6 is switched off there (`disable_ipv6`). */
export interface OwnAddresses {
  readonly addresses: readonly string[];
  readonly isIpv6Off: boolean;
  /** Whether `bind()` to an address works here; undefined where that cannot be asked. */
  readonly mayBind: (address: string) => boolean | undefined;
  /** Why there is no route to an address, such as ENETUNREACH; empty where there is one, and where that cannot be asked. */
  readonly routeProblem: (address: string) => string;
}

/** Those of the namespace that this thread is in. `procfs` is where procfs is mounted. */
export function ownAddresses(procfs: string): OwnAddresses {
  const off = readKernelFile(`${procfs}/sys/net/ipv6/conf/all/disable_ipv6`);
  const interfaces = Object.values(networkInterfaces());
  const addresses = interfaces.flatMap((list) => list?.map(({ address }) => address) ?? []);
  return { addresses, isIpv6Off: off?.trim() === '1', mayBind: isLocalAddress, routeProblem };
}

function routeProblem(address: string): string {
  try {
    const routes = Routes.open();
    try {
      return routes.problemTo(address);
    } finally {
      routes.close();
    }
  } catch (error) {
    if (error instanceof KernelError) return '';
    throw error;
  }
}

/** Whether this thread is in the namespace with this number, which `lsns` shows. */
export function isOwnNetwork(nsInode: string, procfs: string): boolean {
  try {
    return readlinkSync(`${procfs}/thread-self/ns/net`) === `net:[${nsInode}]`;
  } catch {
    return false;
  }
}
