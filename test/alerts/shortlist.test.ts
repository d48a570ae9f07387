import { describe, expect, test } from 'vitest';
import { STAY_SECONDS, Shortlist } from '../../src/alerts/shortlist.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { endpoint, judged } from '../support/pools.ts';
import { Random } from '../support/random.ts';

/** Plays one poll; the remote ports that are exported. */
function play(list: Shortlist, usages: readonly PoolUsage[], seconds: number): number[] {
  const { exported } = list.update(
    usages.map((usage) => judged(usage)),
    seconds,
  );
  return exported.map(({ usage }) => usage.remotePort).toSorted((a, b) => a - b);
}

/** A pool that holds nothing now, and is still followed. */
const idle = endpoint(1, 0);

const OPTIONS = { limit: 3, limitAtRisk: 5, minRatio: 0.01 };

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
    expect(play(list, all, 0)).toEqual([3, 4, 5]);
    expect(play(new Shortlist(OPTIONS), all.slice(0, 2), 0)).toEqual([1]);
  });

  test('keeps what fell below for ten minutes, and not longer', () => {
    const list = new Shortlist(OPTIONS);
    play(list, [endpoint(1, 500)], 0);
    expect(play(list, [idle], STAY_SECONDS)).toEqual([1]);
    expect(play(list, [idle], STAY_SECONDS + 1)).toEqual([]);
  });

  test('counts the ten minutes from the last time it deserved its place', () => {
    const list = new Shortlist(OPTIONS);
    play(list, [endpoint(1, 500)], 0);
    play(list, [endpoint(1, 500)], 300);
    expect(play(list, [idle], 900)).toEqual([1]);
    expect(play(list, [idle], 901)).toEqual([]);
  });

  test('a newcomer waits until there is room', () => {
    const list = new Shortlist(OPTIONS);
    play(list, [endpoint(1, 100), endpoint(2, 100), endpoint(3, 100)], 0);
    const later = [endpoint(1, 100), endpoint(2, 100), endpoint(3, 5), endpoint(4, 900)];
    expect(play(list, later, 5)).toEqual([1, 2, 3]);
    expect(play(list, later, STAY_SECONDS + 1)).toEqual([1, 2, 4]);
  });

  test('what gives way to a pool at risk is what has not qualified for longest', () => {
    const list = new Shortlist({ ...OPTIONS, limitAtRisk: 3 });
    const at = (seconds: number, held: readonly number[]): void => {
      play(
        list,
        held.map((each, index) => endpoint(index + 1, each)),
        seconds,
      );
    };
    at(0, [300, 300, 300]);
    at(100, [300, 0, 300]);
    at(200, [0, 0, 300]);
    const pools = [endpoint(1, 0), endpoint(2, 0), endpoint(3, 300)].map((usage) => judged(usage));
    const { exported } = list.update([...pools, judged(endpoint(4, 900), 3)], 300);
    expect(exported.map(({ usage }) => usage.remotePort)).toEqual([4, 3, 1]);
  });

  test('no namespace pushes the alert of another out: each has one place before rank decides', () => {
    const list = new Shortlist(OPTIONS);
    const loud = Array.from({ length: 20 }, (_, index) => judged(endpoint(index + 1, 999), 3));
    const quiet = [2, 3].map((namespaceId) =>
      judged({ ...endpoint(100 + namespaceId, 720), namespaceId }, 2),
    );
    const exportedOf = (pools: typeof loud, seconds: number): readonly number[] =>
      list.update(pools, seconds).exported.map(({ usage }) => usage.remotePort);
    expect(exportedOf(loud, 0)).toEqual([1, 2, 3, 4, 5]);
    for (const seconds of [5, 10, 2000]) {
      expect(exportedOf([...loud, ...quiet], seconds)).toEqual([1, 2, 3, 102, 103]);
    }
    const many = Array.from({ length: 9 }, (_, index) =>
      judged({ ...endpoint(1, 720 + index), namespaceId: index + 1 }, 2),
    );
    const { exported, omittedAtRisk } = new Shortlist(OPTIONS).update(many, 0);
    expect(exported.map(({ usage }) => usage.held)).toEqual([728, 727, 726, 725, 724]);
    expect(omittedAtRisk).toHaveLength(4);
  });

  test('equal usage ranks by held ports', () => {
    const more = { ...endpoint(2, 60), available: 950 };
    const list = new Shortlist({ ...OPTIONS, limit: 1, minRatio: 0 });
    expect(play(list, [endpoint(1, 50), more], 0)).toEqual([2]);
  });

  test('an idle pool is not exported, whatever the least ratio', () => {
    expect(play(new Shortlist({ ...OPTIONS, minRatio: 0 }), [idle], 0)).toEqual([]);
  });

  test('300 endpoints that jitter around the cut enter no more often than the first fill, in an hour', () => {
    const list = new Shortlist({ limit: 50, limitAtRisk: 200, minRatio: 0.01 });
    const random = new Random(7);
    let entries = 0;
    let before = new Set<number>();
    for (let second = 0; second < 3600; second += 5) {
      const all = Array.from({ length: 300 }, (_, port) =>
        endpoint(port + 1, 400 + random.below(20)),
      );
      const now = new Set(play(list, all, second));
      entries += [...now].filter((port) => !before.has(port)).length;
      before = now;
    }
    expect(entries).toBe(50);
  });

  test('what is at risk goes beyond the limit, and takes the place of what is not', () => {
    const list = new Shortlist(OPTIONS);
    const belowClearThreshold = [1, 2, 3].map((port) => judged(endpoint(port, 900)));
    const atRisk = [4, 5, 6, 7].map((port) => judged(endpoint(port, 100), 2));
    list.update(belowClearThreshold, 0);
    const { exported, omittedAtRisk } = list.update([...belowClearThreshold, ...atRisk], 5);
    expect(exported.map(({ usage }) => usage.remotePort)).toEqual([4, 5, 6, 7, 3]);
    expect(omittedAtRisk.map(({ usage }) => usage.remotePort)).toEqual([]);
  });

  test('what is at risk need not wait for one that only lingers', () => {
    const list = new Shortlist({ limit: 2, limitAtRisk: 2, minRatio: 0.01 });
    list.update([judged(endpoint(1, 500)), judged(endpoint(2, 500))], 0);
    const later = [judged(endpoint(1, 500)), judged(endpoint(2, 0)), judged(endpoint(3, 900), 3)];
    expect(list.update(later, 5).exported.map(({ usage }) => usage.remotePort)).toEqual([3, 1]);
  });

  test('a pool that is no longer followed is gone at once', () => {
    const list = new Shortlist(OPTIONS);
    play(list, [endpoint(1, 500)], 0);
    expect(play(list, [], 5)).toEqual([]);
  });

  test('20,000 endpoints at risk at once stay within the limit', () => {
    const list = new Shortlist({ limit: 50, limitAtRisk: 200, minRatio: 0.01 });
    const all = Array.from({ length: 20_000 }, (_, port) => judged(endpoint(port + 1, 990), 3));
    const { exported, omittedAtRisk } = list.update(all, 0);
    expect([exported.length, omittedAtRisk.length]).toEqual([200, 19_800]);
  });
});
