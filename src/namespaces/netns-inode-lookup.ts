import { readNetInode, readNsInode } from '../kernel/netns/netns.ts';

/**
 * Finds the network namespace of one process after the other, as the inode of its `net/tcp`. The inode of its
 * `ns/net` takes the kernel half the time, so `net/tcp` is asked only once for each `ns/net`.
 */
export class NetnsInodeLookup {
  readonly #procfs: string;
  /** Inodes of `net/tcp` by that of `ns/net`. Both are used again later, so they are forgotten by `begin()`. */
  readonly #netInodes = new Map<string, number>();
  /** Set by the first process whose `ns/net` must not be read: that needs a privilege, and is not tried again. */
  #isDenied = false;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
  }

  /** To be called before the processes are asked anew. */
  begin(): void {
    this.#netInodes.clear();
  }

  /** The inode of the `net/tcp` of process `pid`; 0 where the process has ended. */
  inodeOf(pid: number): number {
    const directory = `${this.#procfs}/${pid}`;
    if (this.#isDenied) return readNetInode(`${directory}/net`);
    const nsInode = readNsInode(`${directory}/ns/net`);
    const known = this.#netInodes.get(nsInode);
    if (known !== undefined) return known;
    const netInode = readNetInode(`${directory}/net`);
    if (netInode > 0) this.#remember(directory, nsInode, netInode);
    return netInode;
  }

  /** Reads `ns/net` once more: a process that changed its namespace in between would pair the wrong inodes. */
  #remember(directory: string, nsInode: string, netInode: number): void {
    if (nsInode === '') this.#isDenied = true;
    else if (readNsInode(`${directory}/ns/net`) === nsInode) this.#netInodes.set(nsInode, netInode);
  }
}
