import { describe, expect, test } from 'vitest';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { History } from '../../src/history/history.ts';
import { HistoryFeed } from '../support/history-feed.ts';
import {
  FIRST_PASS,
  MadeUpPolls,
  type MadeUpSocket,
  SECOND_PASS,
} from '../support/made-up-sockets.ts';

/** When ports come back to the pools `bind` and `range`, on made-up sockets of programs that bind. */

const LOCAL = '127.0.0.6';

function open(ports: readonly number[]): MadeUpSocket[] {
  return ports.map((port) => ({ port, local: LOCAL, inode: 5000 + port }));
}

function closed(ports: readonly number[], closedAgoMs: number): MadeUpSocket[] {
  return ports.map((port) => ({ port, local: LOCAL, closedAgoMs }));
}

function poolOf(pools: readonly PoolUsage[], kind: string, localAddress: string): PoolUsage {
  const found = pools.find((pool) => pool.kind === kind && pool.localAddress === localAddress);
  if (found === undefined) throw new Error(`no pool ${kind} ${localAddress}`);
  return found;
}

/** Those of the bind pool, then those of the range. */
function returning(pools: readonly PoolUsage[]): (readonly number[])[] {
  return [poolOf(pools, 'bind', LOCAL), poolOf(pools, 'range', '')].map((pool) => pool.returning);
}

describe('ports that programs bound come back', () => {
  test('when their TIME_WAITs end, with the slack of the timer; not while they are open', () => {
    const polls = new MadeUpPolls();
    polls.pools([]);
    const sockets = [
      ...open(SECOND_PASS.slice(0, 5)),
      ...closed(SECOND_PASS.slice(5, 15), 500),
      ...closed(SECOND_PASS.slice(15, 18), 25_000),
      ...closed(SECOND_PASS.slice(18, 20), 60_000),
    ];
    const expected = [2, 0, 0, 3, 0, 0, 10];
    expect(returning(polls.pools(sockets))).toEqual([expected, expected]);
  });

  test('when the last of several on one port has gone', () => {
    const polls = new MadeUpPolls();
    polls.pools([]);
    const [both = 0, kept = 0] = SECOND_PASS;
    const bound = closed([both, kept], 55_000);
    expect(returning(polls.pools(bound))).toEqual([
      [2, 0, 0, 0, 0, 0, 0],
      [2, 0, 0, 0, 0, 0, 0],
    ]);
    const others = [
      { port: both, remotePort: 81, local: LOCAL, closedAgoMs: 31_000 },
      { port: kept, remotePort: 81, local: LOCAL, inode: 7000 },
    ];
    const [ofAddress] = returning(polls.pools([...bound, ...others]));
    expect(ofAddress).toEqual([0, 0, 0, 1, 0, 0, 0]);
  });

  test('to the range alone, where a socket of a wildcard address has the port too', () => {
    const polls = new MadeUpPolls();
    polls.pools([]);
    const [port = 0, other = 0] = SECOND_PASS;
    const wildcard = { port, local: '0.0.0.0', remotePort: 81, inode: 7000 };
    const [ofAddress] = returning(polls.pools([...closed([port, other], 500), wildcard]));
    expect(ofAddress).toEqual([0, 0, 0, 0, 0, 0, 1]);
  });
});

test('connect() from the usual address makes no port come back to the others', () => {
  const polls = new MadeUpPolls();
  polls.pools([]);
  const plain = FIRST_PASS.slice(0, 10).map((port) => ({ port, closedAgoMs: 500 }));
  const pools = polls.pools([...closed(SECOND_PASS.slice(0, 4), 500), ...plain]);
  const expected = [0, 0, 0, 0, 0, 0, 4];
  expect(returning(pools)).toEqual([expected, expected]);
});

test('a program that binds, and closes one connection a second, is not said to run out', () => {
  const polls = new MadeUpPolls();
  polls.pools([]);
  const feed = new HistoryFeed(new History({ windowSeconds: 600, intervalSeconds: 1, pools: 2 }));
  const ports = [...SECOND_PASS, ...FIRST_PASS];
  const forecasts: (number | undefined)[] = [];
  for (let second = 1; second <= 180; second += 1) {
    const ages = Array.from({ length: Math.min(second, 62) }, (_, age) => age);
    const sockets = ages.flatMap((age) =>
      closed([ports[(second - age) % ports.length] ?? 0], Math.min(60_000, 1000 * age)),
    );
    const pools = polls.pools(sockets);
    const followed = [poolOf(pools, 'bind', LOCAL), poolOf(pools, 'range', '')];
    const recorded = feed.record(followed, second);
    forecasts.push(...recorded.map(({ trend }) => trend.timeToExhaustionSeconds));
  }
  expect(forecasts.filter((seconds) => seconds !== undefined && seconds < 600)).toEqual([]);
});
