import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatAddress, parseAddress } from '../../../src/kernel/address.ts';
import { LOCAL, REMOTE, SocketRow } from '../../../src/kernel/socket-row.ts';
import type { PortSettings } from '../../../src/kernel/proc/sysctl.ts';
import { bindPools } from '../../../src/pools/bind.ts';
import { PortBudget } from '../../../src/pools/port-budget.ts';
import { SharedTickets } from '../../../src/pools/shared-pools.ts';
import { allOf, fullestOf } from '../../../src/snapshot/describe-pools.ts';
import { ConnectPools } from '../../../src/pools/connect.ts';
import { poolId, usageRatio } from '../../../src/pools/pool.ts';
import { TcpCensus } from '../../../src/pools/census/tcp-census.ts';

interface Row {
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  readonly state: number;
  readonly remaining: number;
}

const [LISTEN, TIME_WAIT] = [10, 6];

const addresses = ['127.0.0.1', '127.0.0.2', '10.0.0.1', '::1', 'fd00::7'] as const;

const row: fc.Arbitrary<Row> = fc.record({
  local: fc.constantFrom(...addresses, '0.0.0.0', '::'),
  localPort: fc.integer({ min: 39_995, max: 40_030 }),
  remote: fc.constantFrom(...addresses),
  remotePort: fc.constantFrom(80, 443),
  state: fc.constantFrom(1, 2, 5, TIME_WAIT, TIME_WAIT, 8, LISTEN),
  remaining: fc.integer({ min: 0, max: 60_000 }),
});

const port = fc.integer({ min: 39_990, max: 40_035 });

const settings: fc.Arbitrary<PortSettings> = fc.record({
  range: fc.constantFrom({ low: 40_000, high: 40_019 }, { low: 40_001, high: 40_024 }),
  rangeAssumed: fc.constant(false),
  reserved: fc.array(
    port.map((low) => ({ low, high: low + 2 })),
    { maxLength: 3 },
  ),
  timeWaitReuse: fc.constantFrom(0, 1, 2),
  timeWaitReuseDelayMs: fc.constantFrom(1000, 30_000),
  timestamps: fc.boolean(),
  bindV6Only: fc.boolean(),
});

/** The rules in their plainest form: sets of everything, one entry per row. */
class Naive {
  readonly #rows: readonly Row[];
  readonly #settings: PortSettings;
  readonly #listening: ReadonlySet<number>;

  constructor(rows: readonly Row[], settings: PortSettings) {
    this.#rows = rows;
    this.#settings = settings;
    const listeners = rows.filter(({ state }) => state === LISTEN);
    this.#listening = new Set(listeners.map(({ localPort }) => localPort));
  }

  get capacity(): number {
    return this.#ports().filter((each) => !this.#listening.has(each)).length;
  }

  /** Ports held and ports left, by endpoint. */
  endpoints(): Map<string, { held: number; available: number }> {
    const byEndpoint = new Map<string, Row[]>();
    for (const each of this.#outbound()) {
      const key = `${each.local} ${each.remote} ${each.remotePort}`;
      byEndpoint.set(key, [...(byEndpoint.get(key) ?? []), each]);
    }
    return new Map(
      Array.from(byEndpoint, ([key, rows]) => [
        key,
        {
          held: new Set(rows.map(({ localPort }) => localPort)).size,
          available: this.#ports().filter(
            (each) => !this.#listening.has(each) && this.#isFree(each, rows),
          ).length,
        },
      ]),
    );
  }

  #isFree(port: number, rows: readonly Row[]): boolean {
    const first = rows.find(({ localPort }) => localPort === port);
    return first === undefined || this.#isReusable(first);
  }

  #outbound(): Row[] {
    const { low, high } = this.#settings.range;
    return this.#rows.filter(
      ({ state, localPort }) =>
        state !== LISTEN &&
        !this.#listening.has(localPort) &&
        localPort >= low &&
        localPort <= high,
    );
  }

  #isReusable({ state, remaining, local, remote }: Row): boolean {
    const { timeWaitReuse, timeWaitReuseDelayMs, timestamps } = this.#settings;
    const loopback = [local, remote].some((each) => each.startsWith('127.') || each === '::1');
    const applies = timeWaitReuse === 1 || (timeWaitReuse === 2 && loopback);
    return (
      state === TIME_WAIT && timestamps && applies && 60_000 - remaining > timeWaitReuseDelayMs
    );
  }

  #ports(): number[] {
    const { range, reserved } = this.#settings;
    const all = Array.from({ length: range.high - range.low + 1 }, (_, index) => range.low + index);
    return all.filter((each) => !reserved.some(({ low, high }) => low <= each && each <= high));
  }
}

function census(rows: readonly Row[], options: PortSettings): TcpCensus {
  const result = new TcpCensus(options, new PortBudget(options), { nowMs: 0 });
  const cursor = new SocketRow();
  const listenersFirst = [
    ...rows.filter(({ state }) => state === LISTEN),
    ...rows.filter(({ state }) => state !== LISTEN),
  ];
  for (const each of listenersFirst) {
    cursor.addresses.set(parseAddress(each.local), LOCAL);
    cursor.addresses.set(parseAddress(each.remote), REMOTE);
    Object.assign(cursor, {
      localPort: each.localPort,
      remotePort: each.remotePort,
      state: each.state,
      remainingMs: each.state === TIME_WAIT ? each.remaining : 0,
    });
    result.visit(cursor);
  }
  result.finish();
  return result;
}

/** Endpoints whose ends mix families do not exist. */
function isPossible({ local, remote }: Row): boolean {
  return local.includes(':') === remote.includes(':');
}

describe('the accounting', () => {
  test('equals a naive model of sets, on any rows, repeated ones included', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 80 }), settings, (all, options) => {
        const rows = all.filter(isPossible);
        const pools = new ConnectPools(census(rows, options), 1);
        const naive = new Naive(rows, options);
        expect(pools.capacity).toBe(naive.capacity);
        const counted = fullestOf(pools, 1000).map((usage) => {
          const key = `${usage.localAddress} ${usage.remoteAddress} ${usage.remotePort}`;
          return [key, { held: usage.held, available: usage.available }] as const;
        });
        expect(new Map(counted)).toEqual(naive.endpoints());
      }),
      { numRuns: 500 },
    );
  });

  test('a row listed twice counts once, and is noticed', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 40 }), settings, (all, options) => {
        const rows = all.filter(isPossible);
        const once = new ConnectPools(census(rows, options), 1);
        const twice = new ConnectPools(census([...rows, ...rows], options), 1);
        const ids = (pools: ConnectPools): string[] =>
          fullestOf(pools, 1000)
            .map((usage) => `${poolId(usage)} ${JSON.stringify(usage)}`)
            .toSorted();
        expect(ids(twice)).toEqual(ids(once));
      }),
    );
  });

  test('what is left and what is used add up, for every kind of pool', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 80 }), settings, (all, options) => {
        const counted = census(all.filter(isPossible), options);
        const pools = [
          ...fullestOf(new ConnectPools(counted, 1), 1000),
          ...allOf(bindPools(counted, ['ipv4', 'ipv6'], 1, { tickets: new SharedTickets() })),
        ];
        for (const usage of pools) {
          expect(usage.available).toBeGreaterThanOrEqual(0);
          expect(usage.available).toBeLessThanOrEqual(usage.capacity);
          expect(usageRatio(usage)).toBeGreaterThanOrEqual(0);
          expect(usageRatio(usage)).toBeLessThanOrEqual(1);
          const { established, synSent, timeWait, closeWait, other } = usage.states;
          expect(established + synSent + timeWait + closeWait + other).toBe(usage.held);
        }
      }),
    );
  });

  test('thousands of endpoints: each is there once, under its own identity', () => {
    const rows = Array.from({ length: 5000 }, (_, index) => ({
      local: '10.0.0.1',
      localPort: 40_000 + (index % 20),
      remote: formatAddress(new Int32Array([0, 0, 0xffff, 0x0b000000 + index]), 0),
      remotePort: 80,
      state: 1,
      remaining: 0,
    }));
    const options = fc.sample(settings, { numRuns: 1, seed: 1 })[0];
    if (options === undefined) throw new Error('no settings');
    const pools = new ConnectPools(
      census(rows, {
        ...options,
        range: { low: 40_000, high: 40_019 },
      }),
      1,
    );
    expect(pools.size).toBe(5000);
    const fullest = fullestOf(pools, 5000);
    expect(new Set(fullest.map(poolId)).size).toBe(5000);
    expect(fullest.every(({ held }) => held === 1)).toBe(true);
  });
});
