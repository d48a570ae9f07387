import type { FlagRow } from './flag.ts';

export const CONFIG_FLAG: FlagRow = {
  name: 'config.file',
  value: 'FILE',
  help: 'Configuration in YAML. Default: none, built-in values.',
};

/** Where what a poll reads is mounted. */
export const PATH_FLAGS: readonly FlagRow[] = [
  { name: 'path.procfs', value: 'DIR', help: 'Where procfs is mounted. Default: /proc.' },
  {
    name: 'path.tracefs',
    value: 'DIR',
    help: 'Where tracefs is mounted. Accepted; this version does not read it.',
  },
  {
    name: 'path.pod-logs',
    value: 'DIR',
    help: "The kubelet's log folder, which names pods. Default: /var/log/pods.",
  },
  {
    name: 'path.cgroupfs',
    value: 'DIR',
    help: "Where the host's cgroup tree is mounted, which tells owners. Default: /sys/fs/cgroup.",
  },
];

export const SOURCE_FLAG: FlagRow = {
  name: 'poll.source',
  value: 'SOURCE',
  help: 'Where sockets are read: bpf, netlink, proc, or auto (the first of them that works). Default: auto.',
  choices: ['auto', 'bpf', 'netlink', 'proc'],
};

export const INTERVAL_FLAG: FlagRow = {
  name: 'poll.interval',
  value: 'DURATION',
  help: 'Time between polls, 1s to 60s. Default: 5s.',
};

/** The flags that every command has in common with the program without one. */
export const POLL_FLAGS: readonly FlagRow[] = [CONFIG_FLAG, ...PATH_FLAGS, SOURCE_FLAG];

export const HELP_FLAG: FlagRow = { name: 'help', help: 'Print this help and exit.' };

export const JSON_FLAG: FlagRow = { name: 'json', help: 'Print JSON, for programs.' };
