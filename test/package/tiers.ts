/** The unit and its drop-in, and how far `systemd-analyze security` finds each open. */

export const UNIT = 'ephemeral-port-exporter.service';
export const DROP_IN = 'full.conf';

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

const OPEN_FOR_ROOT = [
  'CapabilityBoundingSet=~CAP_SYS_ADMIN',
  'CapabilityBoundingSet=~CAP_SYS_PTRACE',
  'PrivateUsers=',
  'RestrictAddressFamilies=~AF_UNIX',
  'RestrictNamespaces=~net',
  'User=/DynamicUser=',
];

/** `exposure` is what the comment in the file says. */
export const TIERS = [
  { tier: 'none', file: UNIT, exposure: 1.3, open: OPEN },
  { tier: 'full', file: DROP_IN, exposure: 2.5, open: [...OPEN, ...OPEN_FOR_ROOT].sort() },
] as const;

export type Tier = (typeof TIERS)[number]['tier'];

/** The command that the text of the drop-in says puts it in force. */
export function activationOf(text: string): string {
  const [, command] = /To activate:\n#\n#\s+(.*)$/m.exec(text) ?? [];
  if (command === undefined) throw new Error('the drop-in does not say how it is put in force');
  return command;
}
