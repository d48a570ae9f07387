/** The unit and its drop-ins, and how far `systemd-analyze security` finds each open. */

export const UNIT = 'ephemeral-port-exporter.service';
export const DROP_INS = { bpf: 'bpf.conf', full: 'full.conf' } as const;

/** What the program cannot do without, or what is of no use to it; the unit says which and why. */
const OPEN = [
  'DeviceAllow=',
  'IPAddressDeny=',
  'MemoryDenyWriteExecute=',
  'PrivateNetwork=',
  'ProcSubset=',
  'ProtectProc=',
  'RestrictAddressFamilies=~AF_(INET|INET6)',
  'RestrictAddressFamilies=~AF_NETLINK',
  'RootDirectory=/RootImage=',
];

const OPEN_FOR_BPF = [
  'AmbientCapabilities=',
  'CapabilityBoundingSet=~CAP_BPF',
  'PrivateUsers=',
  'SystemCallFilter=~@privileged',
];

const OPEN_FOR_ROOT = [
  'CapabilityBoundingSet=~CAP_SYS_ADMIN',
  'CapabilityBoundingSet=~CAP_SYS_PTRACE',
  'PrivateUsers=',
  'RestrictAddressFamilies=~AF_UNIX',
  'RestrictNamespaces=~net',
  'SystemCallFilter=~@privileged',
  'User=/DynamicUser=',
];

/** `exposure` is what the comment in the file says. */
export const TIERS = [
  { tier: 'none', file: UNIT, exposure: 1.3, open: OPEN },
  { tier: 'bpf', file: DROP_INS.bpf, exposure: 1.7, open: [...OPEN, ...OPEN_FOR_BPF].sort() },
  { tier: 'full', file: DROP_INS.full, exposure: 2.6, open: [...OPEN, ...OPEN_FOR_ROOT].sort() },
] as const;

export type Tier = (typeof TIERS)[number]['tier'];

/** The command that the text of the drop-in says puts it in force. */
export function activationOf(text: string): string {
  const [, command] = /To activate:\n#\n#\s+(.*)$/m.exec(text) ?? [];
  if (command === undefined) throw new Error('the drop-in does not say how it is put in force');
  return command;
}
