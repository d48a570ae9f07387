import { readNetInode, readNsInode } from '../kernel/netns/netns.ts';

/**
 * Asks one process after the other which network namespace it is in. The number in its `ns/net` takes the
 * kernel half as long as the inode of its `net/tcp`, so the inode is asked for once for each number.
 */
export class NetnsInodeLookup {
  readonly #procfs: string;
  /** Inodes by number; both are used again, so they are believed for one roll call. */
  readonly #inodes = new Map<string, number>();
  /** The first process that hides its number tells that privileges are missing. */
  #hidden = false;

  /** `procfs` is where procfs is mounted. */
  constructor(procfs: string) {
    this.#procfs = procfs;
  }

  begin(): void {
    this.#inodes.clear();
  }

  /** The inode of the `net/tcp` of process `pid`; 0 where the process has gone. */
  inodeOf(pid: number): number {
    const directory = `${this.#procfs}/${pid}`;
    if (this.#hidden) return readNetInode(`${directory}/net`);
    const nsInode = readNsInode(`${directory}/ns/net`);
    const known = this.#inodes.get(nsInode);
    if (known !== undefined) return known;
    const inode = readNetInode(`${directory}/net`);
    if (inode > 0) this.#note(directory, nsInode, inode);
    return inode;
  }

  /** A process that moved in between would lend its number to another namespace. */
  #note(directory: string, nsInode: string, inode: number): void {
    if (nsInode === '') this.#hidden = true;
    else if (readNsInode(`${directory}/ns/net`) === nsInode) this.#inodes.set(nsInode, inode);
  }
}
