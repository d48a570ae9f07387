/** IP addresses as numbers, to compare the leading bits of them. The text must be that of an address. */

export type Family = 'ipv4' | 'ipv6';

export function familyOf(address: string): Family {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}

/** The bits of an address as a number. */
export function bitsOf(address: string): bigint {
  return familyOf(address) === 'ipv4' ? ipv4Bits(address) : ipv6Bits(address);
}

function ipv4Bits(address: string): bigint {
  return BigInt(address.split('.').reduce((bits, byte) => bits * 256 + Number(byte), 0));
}

/** `::` stands for as many zeros as are missing; the last 32 bits may be written as IPv4. A zone (`%eth0`) is no bit. */
function ipv6Bits(text: string): bigint {
  const [address = ''] = text.split('%');
  const [head = '', tail] = address.split('::');
  const [front, back] = [groupsOf(head), groupsOf(tail ?? '')];
  const zeros = Array<number>(8 - front.length - back.length).fill(0);
  return [...front, ...zeros, ...back].reduce((bits, group) => (bits << 16n) | BigInt(group), 0n);
}

/** The groups of 16 bits in a part of an IPv6 address. */
function groupsOf(part: string): readonly number[] {
  if (part === '') return [];
  return part.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)];
    const bits = Number(ipv4Bits(group));
    return [Math.floor(bits / 65_536), bits % 65_536];
  });
}
