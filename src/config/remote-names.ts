import { isIP } from 'node:net';
import { bitsOf, type Family, familyOf } from './address-bits.ts';

/** A name for the endpoints of one network; an item of `endpoints.names` in the configuration. */
export interface RemoteNameRule {
  /** Network in CIDR notation; a single address is allowed. */
  readonly cidr: string;
  /** Remote port; any where absent. */
  readonly port?: number | undefined;
  readonly name: string;
}

interface RankedRule extends RemoteNameRule {
  /** Its place in the list: the first rule that matches wins. */
  readonly rank: number;
}

/** The rules for the networks of one address family and prefix length, by the bits of the network. */
interface PrefixTable {
  readonly family: Family;
  readonly prefix: number;
  readonly rules: Map<bigint, RankedRule[]>;
}

/**
 * Looks up the name of a remote endpoint by the first rule that matches. Thousands of rules are usual, but few prefix
 * lengths: one look for each of them.
 */
export class RemoteNames {
  readonly #tables = new Map<string, PrefixTable>();

  constructor(rules: readonly RemoteNameRule[]) {
    for (const [rank, rule] of rules.entries()) this.#add({ ...rule, rank });
  }

  /** The name for an address in its canonical text and a port; empty where no rule matches. */
  nameOf(address: string, port: number): string {
    if (this.#tables.size === 0 || address === '') return '';
    const family = familyOf(address);
    const bits = bitsOf(address);
    let first: RankedRule | undefined;
    for (const table of this.#tables.values()) {
      if (table.family === family) first = earlier(first, firstIn(table, bits, port));
    }
    return first?.name ?? '';
  }

  /** The rules of a network are in the order of the list. */
  #add(rule: RankedRule): void {
    const [address = '', length] = rule.cidr.split('/');
    const family = familyOf(address);
    const prefix = Number(length ?? BITS[family]);
    const key = `${family}/${prefix}`;
    const known = this.#tables.get(key);
    const table: PrefixTable = known ?? { family, prefix, rules: new Map() };
    this.#tables.set(key, table);
    const network = networkOf(bitsOf(address), table);
    const others = table.rules.get(network);
    if (others === undefined) table.rules.set(network, [rule]);
    else others.push(rule);
  }
}

const BITS: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 };

function earlier(a: RankedRule | undefined, b: RankedRule | undefined): RankedRule | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a.rank < b.rank ? a : b;
}

/** The first rule of a table for an address, given as its bits, and a port. */
function firstIn(table: PrefixTable, bits: bigint, port: number): RankedRule | undefined {
  const rules = table.rules.get(networkOf(bits, table));
  return rules?.find((rule) => (rule.port ?? port) === port);
}

/** The leading bits of an address. */
function networkOf(bits: bigint, { family, prefix }: PrefixTable): bigint {
  return bits >> BigInt(BITS[family] - prefix);
}

/** Whether `cidr` is a network such as 10.0.0.0/8 or 2001:db8::/32, or a single address. */
export function isCidr(cidr: string): boolean {
  const [address = '', prefix, ...rest] = cidr.split('/');
  const bits = isIP(address) === 6 ? 128 : 32;
  const wholePrefix = prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= bits);
  return isIP(address) !== 0 && wholePrefix && rest.length === 0;
}
