import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, isIpv4, MAPPED_PREFIX } from '../../src/kernel/address.ts';
import { LOCAL, REMOTE, SocketRow } from '../../src/kernel/socket-row.ts';
import { BLOCK, Blocks } from '../../src/pools/tables/endpoint-blocks.ts';
import {
  UNUSUAL_ADDRESS,
  COUNTERS,
  FIRST_PASS_HELD,
  FIRST_PASS_REUSABLE,
  HELD,
  INSPECTED,
  NO_TIMESTAMPS,
} from '../../src/pools/tables/endpoint-fields.ts';
import { Endpoints } from '../../src/pools/tables/endpoints.ts';

interface Identity {
  readonly local: Int32Array;
  readonly remote: Int32Array;
  readonly remotePort: number;
  readonly device: number;
}

const TRAITS = [INSPECTED, NO_TIMESTAMPS, UNUSUAL_ADDRESS] as const;

const ipv4 = fc.oneof(fc.integer(), fc.integer({ min: 0, max: 3 })).map((word) => {
  return new Int32Array([0, 0, MAPPED_PREFIX, word]);
});
const ipv6 = fc
  .array(fc.oneof(fc.integer(), fc.integer({ min: 0, max: 1 })), { minLength: 4, maxLength: 4 })
  .map((words) => Int32Array.from(words))
  .filter((words) => !isIpv4(words, 0));

function identities(address: fc.Arbitrary<Int32Array>): fc.Arbitrary<Identity> {
  return fc.record({
    local: address,
    remote: address,
    remotePort: fc.constantFrom(1, 80, 443, 65_535),
    device: fc.constantFrom(0, 0, 1, 7, 2 ** 31 - 1),
  });
}

/** Two rows of one endpoint differ in all that is no part of its identity. */
function rowOf({ local, remote, remotePort, device }: Identity, localPort = 40_000): SocketRow {
  const row = new SocketRow();
  row.addresses.set(local, LOCAL);
  row.addresses.set(remote, REMOTE);
  return Object.assign(row, { localPort, remotePort, device, cookieLow: localPort, state: 1 });
}

function localText({ local, device }: Identity): string {
  return formatAddress(local, 0) + (device === 0 ? '' : `%${device}`);
}

function textOf(identity: Identity): string {
  return `${localText(identity)} ${formatAddress(identity.remote, 0)} ${identity.remotePort}`;
}

/** Enough of them to drop hundreds at once, which single ones never are; to shrink them takes minutes. */
const universe = fc.noShrink(
  fc.uniqueArray(fc.oneof(identities(ipv4), identities(ipv6)), {
    selector: textOf,
    minLength: 1,
    maxLength: 250,
    size: 'max',
  }),
);

/** A poll sees a run of the universe, in a ring: so that many endpoints come and go together. */
const poll = fc.record({
  whole: fc.boolean(),
  first: fc.nat(250),
  seen: fc.nat(250),
  /** Decides what is counted and noted. */
  salt: fc.nat(1000),
});

type Poll = typeof poll extends fc.Arbitrary<infer Value> ? Value : never;

interface Known {
  readonly identity: Identity;
  counters: number[];
  traits: number;
  /** Whether it was full at the last whole polls, the latest first. */
  full: boolean[];
}

/** The table and, beside it, what it must say: one entry per endpoint in a map. */
class Comparison {
  readonly #endpoints = new Endpoints();
  readonly #known = new Map<string, Known>();
  readonly #all: readonly Identity[];
  #lastWhole = true;

  constructor(all: readonly Identity[]) {
    this.#all = all;
  }

  play({ whole, first, seen, salt }: Poll): void {
    this.#begin();
    for (let index = first; index < first + Math.min(seen, this.#all.length); index += 1) {
      const identity = this.#all[index % this.#all.length];
      if (identity !== undefined) this.#visit(identity, index + salt);
    }
    this.#compare();
    if (whole) this.#end(salt);
    this.#compare();
    this.#lastWhole = whole;
  }

  /** Dropped may be what held nothing, after a whole poll; all else is as it was, counters aside. */
  #begin(): void {
    this.#endpoints.begin();
    for (const [text, known] of this.#known) {
      if (this.#find(known.identity) < 0) {
        expect(this.#lastWhole, `${text} is dropped only after a whole poll`).toBe(true);
        expect(known.counters[HELD], `${text} is dropped only where it held nothing`).toBe(0);
        expect(known.full, `${text} is dropped only where it was not full`).not.toContain(true);
        this.#known.delete(text);
      }
      const isDead = known.counters[HELD] === 0 && !known.full.includes(true);
      if (isDead && this.#lastWhole) known.traits = 0;
      known.counters = known.counters.map(() => 0);
    }
    this.#compare();
  }

  #visit(identity: Identity, salt: number): void {
    const row = rowOf(identity, 1 + (salt % 65_535));
    const table = this.#endpoints.tableOf(row);
    const id = table.intern(row);
    expect(table.intern(rowOf(identity))).toBe(id);
    const known = this.#known.get(textOf(identity)) ?? blank(identity);
    this.#known.set(textOf(identity), known);
    const add = (counter: number, amount: number): void => {
      table.add(id, counter, amount);
      known.counters[counter] = (known.counters[counter] ?? 0) + amount;
    };
    // A row that turns out to be accepted leaves an endpoint that holds nothing.
    if (salt % 5 !== 0) add(HELD, 1 + (salt % 2));
    add(salt % COUNTERS, 1 + salt);
    add(salt % COUNTERS, -1);
    const trait = TRAITS[salt % 7] ?? 0;
    table.setTraits(id, trait);
    known.traits |= trait;
  }

  #end(salt: number): void {
    [...this.#known.values()].forEach((known, index) => {
      const full = (index + salt) % 3 === 0;
      const row = rowOf(known.identity);
      this.#endpoints.tableOf(row).rememberFull(this.#find(known.identity), full);
      known.full = [full, ...known.full].slice(0, 2);
    });
    this.#endpoints.end();
  }

  #find(identity: Identity): number {
    const row = rowOf(identity);
    return this.#endpoints.tableOf(row).find(row);
  }

  #compare(): void {
    const found = this.#all.filter((identity) => this.#find(identity) >= 0);
    expect(new Set(found.map(textOf))).toEqual(new Set(this.#known.keys()));
    const { ipv4, ipv6 } = this.#endpoints;
    expect(ipv4.size + ipv6.size).toBe(this.#known.size);
    const all = [...this.#known.values()];
    expect(all.map(({ identity }) => this.#told(identity))).toEqual(all.map(expected));
  }

  /** All that the table says of an endpoint, in a line: one assertion for hundreds of them. */
  #told(identity: Identity): string {
    const row = rowOf(identity);
    const table = this.#endpoints.tableOf(row);
    const id = table.find(row);
    return JSON.stringify([
      table.family,
      `${table.keys.localAddress(id)} ${table.keys.remoteAddress(id)} ${table.keys.remotePort(id)}`,
      Array.from({ length: COUNTERS }, (_, counter) => table.count(id, counter)),
      table.firstPassTaken(id),
      TRAITS.filter((trait) => table.has(id, trait)),
      table.wasFull(id),
      this.#endpoints.holdsOtherRow(row),
    ]);
  }
}

function expected({ identity, counters, traits, full }: Known): string {
  return JSON.stringify([
    isIpv4(identity.local, 0) ? 'ipv4' : 'ipv6',
    textOf(identity),
    counters,
    (counters[FIRST_PASS_HELD] ?? 0) - (counters[FIRST_PASS_REUSABLE] ?? 0),
    TRAITS.filter((trait) => (traits & trait) !== 0),
    full.includes(true),
    (counters[HELD] ?? 0) > 0,
  ]);
}

function blank(identity: Identity): Known {
  return { identity, counters: Array<number>(COUNTERS).fill(0), traits: 0, full: [] };
}

/** One of 2³² endpoints of either family. */
function numbered(number: number, family: 'ipv4' | 'ipv6'): Identity {
  const head = family === 'ipv4' ? [0, 0, MAPPED_PREFIX] : [0x20010db8, 0, 0];
  return {
    local: new Int32Array([...head, 1]),
    remote: new Int32Array([...head, number]),
    remotePort: 443,
    device: 0,
  };
}

describe('endpoints', () => {
  test('are a map from identity to counters and traits, from poll to poll', () => {
    fc.assert(
      fc.property(universe, fc.array(poll, { maxLength: 12, size: 'max' }), (all, polls) => {
        const comparison = new Comparison(all);
        for (const each of polls) comparison.play(each);
      }),
      { numRuns: 40 },
    );
  });

  test('of another address, port or device are others', () => {
    const { ipv4 } = new Endpoints();
    const one = numbered(1, 'ipv4');
    const others = [
      { ...one, local: numbered(2, 'ipv4').remote },
      { ...one, remote: numbered(2, 'ipv4').remote },
      { ...one, remotePort: 80 },
      { ...one, device: 1 },
    ];
    const ids = [one, ...others].map((identity) => ipv4.intern(rowOf(identity)));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ipv4.size).toBe(ids.length);
  });

  test.each(['ipv4', 'ipv6'] as const)('that hold nothing are dropped when many (%s)', (family) => {
    const perPoll = 3000;
    const endpoints = new Endpoints();
    const table = endpoints[family];
    for (let number = 0; number < 60; number += 1) {
      endpoints.begin();
      for (let index = 0; index < perPoll; index += 1) {
        table.add(table.intern(rowOf(numbered(number * perPoll + index, family))), HELD, 1);
      }
      endpoints.end();
      // Those of this poll and of the last, and of all others an eighth.
      expect(table.size).toBeLessThanOrEqual((2 * perPoll * 8) / 7);
    }
  });

  test('few of them stay, though they hold nothing', () => {
    const endpoints = new Endpoints();
    const { ipv4: table } = endpoints;
    for (let number = 0; number < 63; number += 1) table.intern(rowOf(numbered(number, 'ipv4')));
    table.setTraits(7, INSPECTED);
    endpoints.begin();
    endpoints.end();
    endpoints.begin();
    expect(table.size).toBe(63);
    expect(table.has(7, INSPECTED)).toBe(false);
  });
});

describe('more than a block of endpoints', () => {
  const many = 3 * BLOCK - 1;
  const kept = (number: number): boolean => number % 7 === 0;
  const trait = (number: number): number => TRAITS[number % 3] ?? 0;

  /** A poll at which the endpoints that `holds` selects hold a port, and count their own number. */
  function pollOf(endpoints: Endpoints, holds: (number: number) => boolean): void {
    const { ipv6: table } = endpoints;
    endpoints.begin();
    for (let number = 0; number < many; number += 1) {
      if (!holds(number)) continue;
      const id = table.intern(rowOf(numbered(number, 'ipv6')));
      table.add(id, HELD, 1);
      table.add(id, COUNTERS - 1, number);
      table.setTraits(id, trait(number));
    }
    endpoints.end();
  }

  function expectNumber({ ipv6: table }: Endpoints, number: number): void {
    const identity = numbered(number, 'ipv6');
    const id = table.find(rowOf(identity));
    expect(table.keys.remoteAddress(id)).toBe(formatAddress(identity.remote, 0));
    expect(table.count(id, COUNTERS - 1)).toBe(number);
    expect(TRAITS.filter((each) => table.has(id, each))).toEqual([trait(number)]);
  }

  test('are counted, and moved together when most are gone', () => {
    const endpoints = new Endpoints();
    const { ipv6: table } = endpoints;
    pollOf(endpoints, () => true);
    expect(table.size).toBe(many);
    for (let number = 0; number < many; number += 1) expectNumber(endpoints, number);
    pollOf(endpoints, kept);
    pollOf(endpoints, kept);
    expect(table.size).toBe(Math.ceil(many / 7));
    for (let number = 0; number < many; number += 7) expectNumber(endpoints, number);
    expect(table.find(rowOf(numbered(1, 'ipv6')))).toBe(-1);
  });

  test('are not found once dropped, though the others need as much room as before', () => {
    const endpoints = new Endpoints();
    const { ipv6: table } = endpoints;
    pollOf(endpoints, (number) => number < 700);
    pollOf(endpoints, (number) => number < 610);
    endpoints.begin();
    expect(table.size).toBe(610);
    for (let number = 0; number < 700; number += 1) {
      expect(table.find(rowOf(numbered(number, 'ipv6'))) >= 0).toBe(number < 610);
    }
  });

  test('leave nothing of theirs to those that come after', () => {
    const endpoints = new Endpoints();
    const { ipv6: table } = endpoints;
    pollOf(endpoints, () => true);
    for (let id = 0; id < many; id += 1) table.rememberFull(id, true);
    pollOf(endpoints, () => false);
    expect(table.size, 'what was full a short while ago stays').toBe(many);
    for (let poll = 0; poll < 2; poll += 1) {
      for (let id = 0; id < many; id += 1) table.rememberFull(id, false);
    }
    endpoints.begin();
    expect(table.size).toBe(0);
    for (let number = many; number < 2 * many; number += 1) {
      const id = table.intern(rowOf(numbered(number, 'ipv6')));
      expect(table.count(id, COUNTERS - 1) + table.count(id, HELD)).toBe(0);
      expect(table.has(id, 0xff)).toBe(false);
    }
  });

  test('have blocks that stay where they are, and as many as they need', () => {
    const blocks = new Blocks(4);
    blocks.fit(2 * BLOCK + 1);
    expect(blocks.all.length).toBe(3);
    const second = blocks.of(BLOCK);
    expect(blocks.of(BLOCK - 1) === second).toBe(false);
    expect(blocks.of(2 * BLOCK - 1) === second).toBe(true);
    blocks.fit(2 * BLOCK);
    expect(blocks.all.length).toBe(2);
    expect(blocks.of(BLOCK) === second).toBe(true);
    expect(() => blocks.of(2 * BLOCK)).toThrow(`endpoint ${2 * BLOCK} is not in the table`);
    blocks.fit(0);
    expect(blocks.all).toEqual([]);
  });
});
