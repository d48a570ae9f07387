import { closeSync, openSync, readSync } from 'node:fs';
import { AF_INET, AF_INET6 } from '../../src/kernel/netlink/address-family.ts';
import { dumpRequest } from '../../src/kernel/netlink/inet-diag-request.ts';
import { libc } from '../../src/kernel/libc.ts';
import { Namespace } from './namespace.ts';
import type { Source } from './source.ts';

/** Asks the kernel for what a poll asks it for, and throws the bytes away. */
export type Floor = () => void;

/** Sources of which the floor is known. */
export type FlooredSource = Exclude<Source, 'bpf'>;

/** The least that a poll of each source can cost; what is made once for all polls is made here. */
export const FLOORS: Readonly<Record<FlooredSource, () => Floor>> = {
  proc: () => tablesFloor(['/proc/net']),
  netlink: netlinkFloor,
};

const TABLES = ['tcp', 'tcp6', 'udp', 'udp6'];

/** Reads the tables in each of the procfs `net` directories. */
export function tablesFloor(directories: readonly string[]): Floor {
  const paths = directories.flatMap((directory) => TABLES.map((table) => `${directory}/${table}`));
  const buffer = Buffer.allocUnsafeSlow(65_536);
  return () => {
    for (const path of paths) {
      const fd = openSync(path, 'r');
      while (readSync(fd, buffer, 0, buffer.length, null) > 0);
      closeSync(fd);
    }
  };
}

const RANGE = { low: 32_768, high: 60_999 };
const [AF_NETLINK, SOCK_RAW, SOCK_DIAG] = [16, 3, 4];
const NLMSG_DONE = 3;

/** The dumps of a poll in each of the namespaces that the paths lead to; the sockets are open already. */
export function netlinkFloorOf(paths: readonly string[]): Floor {
  const home = Namespace.here();
  const floors = paths.map((path) => {
    const there = Namespace.open(path);
    there.enter();
    there.close();
    return netlinkFloor();
  });
  home.enter();
  home.close();
  return () => {
    for (const floor of floors) floor();
  };
}

/**
 * The requests are the product's own; only the end of the answer is looked for. The questions that are asked
 * once in a while (src/pools/census/expensive-dumps.ts) are in the median of neither.
 */
function netlinkFloor(): Floor {
  const fd = libc().socket(AF_NETLINK, SOCK_RAW, SOCK_DIAG);
  const [buffer, sender] = [new Uint8Array(65_536), new Uint8Array(12)];
  const requests = [
    dumpRequest({ protocol: 'tcp', listeners: true }),
    dumpRequest({ protocol: 'tcp', range: RANGE }),
    dumpRequest({ protocol: 'udp', family: AF_INET6, range: RANGE, explicit: true }),
    dumpRequest({ protocol: 'udp', family: AF_INET, range: RANGE }),
    dumpRequest({ protocol: 'udp', family: AF_INET6, range: RANGE }),
  ];
  return () => {
    for (const request of requests) {
      libc().send(fd, request);
      while (!endsIn(buffer, libc().recvfrom(fd, buffer, sender)));
    }
  };
}

/** The kernel says that it is done in a datagram of its own, or as the last message of one. */
function endsIn(bytes: Uint8Array, length: number): boolean {
  if (length < 20) throw new Error(`the kernel answered ${length} bytes`);
  return bytes[4] === NLMSG_DONE || bytes[length - 20 + 4] === NLMSG_DONE;
}
