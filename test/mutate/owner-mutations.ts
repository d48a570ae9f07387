import type { Mutation } from './mutations.ts';

/** Errors in how the owners of sockets are found. */
export const OWNER_MUTATIONS: readonly Mutation[] = [
  {
    rule: 'netlink: a filter by remote ends lets each of them pass',
    file: 'kernel/netlink/host-filter.ts',
    find: 'halves[(jump >> 1) + 1] = total - jump;',
    replace: 'halves[(jump >> 1) + 1] = OPERATION;',
    suite: 'kernel/netlink/host-filter',
  },
  {
    rule: 'a TIME_WAIT keeps the owner that its socket had',
    file: 'owners/sightings.ts',
    find: 'return inode === 0 || before.inode === inode;',
    replace: 'return before.inode === inode;',
    suite: 'owners/owners',
  },
  {
    rule: 'netlink: the cgroup of a socket is attribute 21',
    file: 'kernel/netlink/inet-diag-row.ts',
    find: '2, 11, 21, 22,',
    replace: '2, 11, 20, 22,',
    suite: 'owners/owners',
  },
  {
    rule: 'what a search found in the time of pools at risk is told to the others',
    file: 'owners/owner-search.ts',
    find: 'this.#hasNews ||= isFound;',
    replace: 'this.#hasNews = isFound;',
    suite: 'owners/owner-search',
  },
  {
    rule: 'BPF tells which process has a socket open',
    file: 'kernel/bpf/open-sockets.ts',
    find: 'inode: words[at + 1] ?? 0',
    replace: 'inode: words[at] ?? 0',
    suite: 'owners/open-files',
  },
];
