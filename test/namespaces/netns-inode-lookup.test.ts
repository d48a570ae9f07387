import { linkSync, mkdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NetnsInodeLookup } from '../../src/namespaces/netns-inode-lookup.ts';
import { writeProcfs } from '../support/procfs.ts';

const PROCFS = writeProcfs({ 'one/tcp': '', 'other/tcp': '' });
const ONE = statSync(join(PROCFS, 'one/tcp')).ino;
const OTHER = statSync(join(PROCFS, 'other/tcp')).ino;

let lastPid = 0;

/** A process whose `net/tcp` is that of `table`, and which shows `nsInode` unless it hides it. */
function addProcess(table: 'one' | 'other', nsInode?: number): number {
  lastPid += 1;
  const folder = join(PROCFS, String(lastPid));
  mkdirSync(join(folder, 'net'), { recursive: true });
  mkdirSync(join(folder, 'ns'));
  linkSync(join(PROCFS, table, 'tcp'), join(folder, 'net/tcp'));
  if (nsInode !== undefined) symlinkSync(`net:[${nsInode}]`, join(folder, 'ns/net'));
  return lastPid;
}

describe('the namespaces of processes', () => {
  test('are told apart, and one that has ended has none', () => {
    const inodeLookup = new NetnsInodeLookup(PROCFS);
    const pids = [addProcess('one', 7), addProcess('other', 8), addProcess('one', 7)];
    const gone = addProcess('one', 7);
    rmSync(join(PROCFS, String(gone)), { recursive: true });
    inodeLookup.begin();
    expect(pids.map((pid) => inodeLookup.inodeOf(pid))).toEqual([ONE, OTHER, ONE]);
    expect(inodeLookup.inodeOf(gone)).toBe(0);
  });

  test('are asked for once for each ns/net, until they are asked for anew', () => {
    const inodeLookup = new NetnsInodeLookup(PROCFS);
    const [first, second] = [addProcess('one', 7), addProcess('other', 7)];
    inodeLookup.begin();
    expect([first, second].map((pid) => inodeLookup.inodeOf(pid))).toEqual([ONE, ONE]);
    inodeLookup.begin();
    expect(inodeLookup.inodeOf(second)).toBe(OTHER);
  });

  test('are found where ns/net must not be read', () => {
    const inodeLookup = new NetnsInodeLookup(PROCFS);
    const pids = [addProcess('one'), addProcess('other'), addProcess('one')];
    inodeLookup.begin();
    expect(pids.map((pid) => inodeLookup.inodeOf(pid))).toEqual([ONE, OTHER, ONE]);
  });
});
