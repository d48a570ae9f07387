/**
 * IP addresses as numbers: four 32-bit words, the most significant first, each in the byte order of this
 * machine. IPv4 is in its v4-mapped form (`::ffff:a.b.c.d`), because a v4-mapped socket takes an IPv4 port.
 */

export type Family = 'ipv4' | 'ipv6';

/** Words in one address. */
export const ADDRESS_WORDS = 4;

/** The third word of `::ffff:0:0/96`, the v4-mapped prefix. */
export const MAPPED_PREFIX = 0x0000ffff;

/** Whether the address at `offset` is IPv4, plain or v4-mapped. */
export function isIpv4(words: Int32Array, offset: number): boolean {
  return words[offset] === 0 && words[offset + 1] === 0 && words[offset + 2] === MAPPED_PREFIX;
}

/** Whether the address at `offset` is the wildcard of its family: `0.0.0.0` or `::`. */
export function isWildcard(words: Int32Array, offset: number): boolean {
  return (
    words[offset + 3] === 0 &&
    words[offset] === 0 &&
    words[offset + 1] === 0 &&
    (words[offset + 2] === 0 || words[offset + 2] === MAPPED_PREFIX)
  );
}

/** Whether the address at `offset` is in 127.0.0.0/8 (mapped or not) or is `::1`. */
export function isLoopback(words: Int32Array, offset: number): boolean {
  if (words[offset] !== 0 || words[offset + 1] !== 0) return false;
  const [third, last] = [words[offset + 2], words[offset + 3] ?? 0];
  return third === MAPPED_PREFIX ? last >>> 24 === 127 : third === 0 && last === 1;
}

/** The canonical text of the address at `offset`: dotted IPv4, RFC 5952 for IPv6. */
export function formatAddress(words: Int32Array, offset: number): string {
  return isIpv4(words, offset)
    ? formatIpv4(words[offset + 3] ?? 0)
    : formatIpv6(words.subarray(offset, offset + ADDRESS_WORDS));
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** The URL standard's serializer writes RFC 5952: lower case, the first longest zero run as `::`. */
function formatIpv6(words: Int32Array): string {
  const groups = Array.from(words, (word) => `${hex(word >>> 16)}:${hex(word & 0xffff)}`);
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function hex(group: number): string {
  return group.toString(16);
}

/** The words of an address in its canonical text, as `formatAddress` writes it. */
export function parseAddress(text: string): Int32Array {
  if (!text.includes(':')) {
    const word = text.split('.').reduce((sum, byte) => (sum << 8) | Number(byte), 0);
    return new Int32Array([0, 0, MAPPED_PREFIX, word]);
  }
  const [head = [], tail = []] = text.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  const groups = [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16));
  return Int32Array.from({ length: ADDRESS_WORDS }, (_, word) => {
    return ((groups[2 * word] ?? 0) << 16) | (groups[2 * word + 1] ?? 0);
  });
}
