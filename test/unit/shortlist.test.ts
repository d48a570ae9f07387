import { describe, expect, test } from 'vitest';
import { LINGER_SECONDS, Shortlist } from '../../src/alerts/shortlist.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { Random } from '../support/random.ts';

function endpoint(port: number, held: number): PoolUsage {
  return {
    kind: 'connect',
    protocol: 'tcp',
    family: 'ipv4',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: port,
    capacity: 1000,
    held,
    states: { established: held, synSent: 0, timeWait: 0, closeWait: 0, other: 0 },
    reusable: 0,
    available: 1000 - held,
    firstPass: { size: 500, taken: 0 },
  };
}

function ports(exported: ReturnType<Shortlist['update']>): number[] {
  return exported.map(({ remotePort }) => remotePort).toSorted((a, b) => a - b);
}

const OPTIONS = { limit: 3, minRatio: 0.01 };

describe('the shortlist', () => {
  test('takes the fullest, up to the limit, and no less than the least ratio', () => {
    const list = new Shortlist(OPTIONS);
    const all = [
      endpoint(1, 10),
      endpoint(2, 9),
      endpoint(3, 500),
      endpoint(4, 20),
      endpoint(5, 30),
    ];
    expect(ports(list.update(all, 0))).toEqual([3, 4, 5]);
    expect(ports(new Shortlist(OPTIONS).update(all.slice(0, 2), 0))).toEqual([1]);
  });

  test('keeps what fell below for ten minutes, and not longer', () => {
    const list = new Shortlist(OPTIONS);
    list.update([endpoint(1, 500)], 0);
    expect(ports(list.update([], LINGER_SECONDS))).toEqual([1]);
    expect(ports(list.update([], LINGER_SECONDS + 1))).toEqual([]);
  });

  test('counts the ten minutes from the last time it deserved its place', () => {
    const list = new Shortlist(OPTIONS);
    list.update([endpoint(1, 500)], 0);
    list.update([endpoint(1, 500)], 300);
    expect(ports(list.update([], 900))).toEqual([1]);
    expect(ports(list.update([], 901))).toEqual([]);
  });

  test('a newcomer waits until there is room', () => {
    const list = new Shortlist(OPTIONS);
    list.update([endpoint(1, 100), endpoint(2, 100), endpoint(3, 100)], 0);
    const later = [endpoint(1, 100), endpoint(2, 100), endpoint(3, 5), endpoint(4, 900)];
    expect(ports(list.update(later, 5))).toEqual([1, 2, 3]);
    expect(ports(list.update(later, LINGER_SECONDS + 1))).toEqual([1, 2, 4]);
  });

  test('equal usage ranks by held ports', () => {
    const more = { ...endpoint(2, 60), available: 950 };
    const list = new Shortlist({ limit: 1, minRatio: 0 });
    expect(ports(list.update([endpoint(1, 50), more], 0))).toEqual([2]);
  });

  test('an idle pool is not exported, whatever the least ratio', () => {
    expect(new Shortlist({ limit: 3, minRatio: 0 }).update([endpoint(1, 0)], 0)).toEqual([]);
  });

  test('300 endpoints that jitter around the cut enter no more often than the first fill, in an hour', () => {
    const list = new Shortlist({ limit: 50, minRatio: 0.01 });
    const random = new Random(7);
    let entries = 0;
    let before = new Set<number>();
    for (let second = 0; second < 3600; second += 5) {
      const all = Array.from({ length: 300 }, (_, port) =>
        endpoint(port + 1, 400 + random.below(20)),
      );
      const now = new Set(ports(list.update(all, second)));
      entries += [...now].filter((port) => !before.has(port)).length;
      before = now;
    }
    expect(entries).toBe(50);
  });
});
