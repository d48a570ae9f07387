import { isIPv6 } from 'node:net';

/**
 * Whom to count a connection for: its IPv4 address, or the first 64 bits of an IPv6 address, because whoever has one such
 * address has the whole network. Empty for a socket of AF_UNIX.
 */
export function clientOf(remoteAddress: string | undefined): string {
  const address = (remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
  return isIPv6(address) ? networkOf(address) : address;
}

/** The first four groups, written out. */
function networkOf(address: string): string {
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    const missing = Math.max(0, 8 - groups.length - after.length);
    groups.push(...Array.from({ length: missing }, () => '0'), ...after);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
