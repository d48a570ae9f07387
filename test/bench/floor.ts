import { closeSync, openSync, readSync } from 'node:fs';
import type { Source } from './source.ts';

/** Asks the kernel for what a poll asks it for, and throws the bytes away. */
export type Floor = () => void;

/** The least that a poll of each source can cost; what is made once for all polls is made here. */
export const FLOORS: Readonly<Record<Source, () => Floor>> = {
  proc: procFloor,
  netlink: () => {
    throw new Error('the netlink source is not in this build');
  },
};

const TABLES = ['tcp', 'tcp6', 'udp', 'udp6'];

function procFloor(): Floor {
  const buffer = Buffer.allocUnsafeSlow(65_536);
  return () => {
    for (const table of TABLES) {
      const fd = openSync(`/proc/net/${table}`, 'r');
      while (readSync(fd, buffer, 0, buffer.length, null) > 0);
      closeSync(fd);
    }
  };
}
