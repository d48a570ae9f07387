import { isIPv6 } from 'node:net';

/** Of a socket that has a port. */
interface Holder {
  /** Canonical text. */
  readonly localAddress: string;
  /** Whether it leaves the IPv4 port free; undefined where that is not known. */
  readonly v6Only?: boolean | undefined;
}

/**
 * At which addresses no service can listen, because sockets have its port: `10.0.0.1, 0.0.0.0 or [::]`. The rule stands in
 * src/pools/services/service-address.ts.
 */
export function refusedAddresses(holders: readonly Holder[]): string {
  const all = [...new Set(holders.flatMap(refusedBy))];
  const isAny = all.includes(ANY);
  const [last = '', ...others] = (isAny ? [ANY] : all).toReversed();
  return others.length === 0 ? last : `${others.toReversed().join(', ')} or ${last}`;
}

const ANY = 'any address';

function refusedBy({ localAddress: address, v6Only }: Holder): readonly string[] {
  if (address === '::') return [v6Only === true ? 'any IPv6 address' : ANY];
  if (address === '0.0.0.0') return ['any IPv4 address', '[::]'];
  if (!isIPv6(address)) return [address, '0.0.0.0', '[::]'];
  return v6Only === true ? [address, '[::]'] : [address, '[::]', '0.0.0.0'];
}

/** Where a service can listen all the same; sentences. */
export function freeAddresses(holders: readonly Holder[]): string {
  const isAnyOf = (of: (holder: Holder) => boolean): boolean => holders.some(of);
  const has4 = isAnyOf(({ localAddress }) => !isIPv6(localAddress));
  const has6 = isAnyOf(({ localAddress }) => isIPv6(localAddress));
  const isWild = isAnyOf(({ localAddress }) => localAddress === '::' || localAddress === '0.0.0.0');
  const free = [
    ...(isWild ? [] : ['on another local address']),
    ...(has4 && !has6 ? ['on a [::] that is IPv6 only'] : []),
    ...(has6 && !has4
      ? ['on 0.0.0.0 where that socket was bound to its IPv6 address, or is IPv6 only']
      : []),
    'everywhere where both sockets set SO_REUSEADDR',
  ];
  return `A service can listen ${free.join(', and ')}.`;
}
