import { BlockList, isIP } from 'node:net';

/** A name for the endpoints of one network; an item of `endpoints.names` in the configuration. */
export interface RemoteNameRule {
  /** Network in CIDR notation; a single address is allowed. */
  readonly cidr: string;
  /** Remote port; any where absent. */
  readonly port?: number | undefined;
  readonly name: string;
}

/** Looks up the name of a remote endpoint by the first rule that matches. */
export class RemoteNames {
  readonly #rules: readonly (RemoteNameRule & { readonly network: BlockList })[];

  constructor(rules: readonly RemoteNameRule[]) {
    this.#rules = rules.map((rule) => ({ ...rule, network: networkOf(rule.cidr) }));
  }

  /** The name for an address in its canonical text and a port; empty where no rule matches. */
  nameOf(address: string, port: number): string {
    if (this.#rules.length === 0 || address === '') return '';
    const family = familyOf(address);
    const rule = this.#rules.find(
      (each) => (each.port ?? port) === port && each.network.check(address, family),
    );
    return rule?.name ?? '';
  }
}

/** Throws `TypeError` or `RangeError` where `cidr` is no network. */
function networkOf(cidr: string): BlockList {
  const [address = '', prefix] = cidr.split('/');
  const list = new BlockList();
  if (prefix === undefined) list.addAddress(address, familyOf(address));
  else list.addSubnet(address, Number(prefix), familyOf(address));
  return list;
}

/** Whether `cidr` is a network such as 10.0.0.0/8 or 2001:db8::/32, or a single address. */
export function isCidr(cidr: string): boolean {
  const [address = '', prefix, ...rest] = cidr.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const wholePrefix = prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) !== 0 && wholePrefix && rest.length === 0;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return address.includes(':') ? 'ipv6' : 'ipv4';
}
