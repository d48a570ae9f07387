import { readdirSync, readlinkSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SocketRow } from '../../src/kernel/socket-row.ts';
import { AskedPools } from '../../src/owners/asked-pools.ts';
import type { AskedPool } from '../../src/owners/batches.ts';
import { CgroupGroups } from '../../src/owners/groups.ts';
import { OwnerSearch } from '../../src/owners/owner-search.ts';
import { ProcessSearch } from '../../src/owners/process-search.ts';
import { PartMeter } from '../../src/scan/parts.ts';
import { IS_TRUE_ROOT } from '../support/host.ts';
import { listen } from '../support/listen.ts';

const PORT = 40_000;
const NONE: ReadonlySet<AskedPool> = new Set();

let server: Server;

beforeEach(async () => {
  server = createServer();
  await listen(server, 'owner-search');
});

afterEach(() => {
  server.close();
});

/** The inodes of the sockets that this process has open. */
function ownSockets(): readonly number[] {
  const inodes = readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return Number(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${fd}`))?.[1] ?? []);
    } catch {
      return [];
    }
  });
  return inodes.filter((inode) => inode > 0);
}

/** A pool with the sockets of this process, which no search has been for. */
function poolOfOwnSockets(): AskedPool {
  const pool = new AskedPools().of('pool');
  pool.sightings.begin();
  for (const [index, inode] of ownSockets().entries()) {
    const row = new SocketRow({ uid: 0, inode });
    row.localPort = PORT + index;
    pool.sightings.see(row);
  }
  pool.sightings.finish();
  return pool;
}

/** A search, played step by step. */
class Play {
  readonly pool = poolOfOwnSockets();
  readonly #search = new OwnerSearch(
    new CgroupGroups('/nowhere', '/nowhere'),
    new ProcessSearch('/proc'),
    false,
  );
  nowMs = 0;

  /** The sockets were read now; there is no time to search. */
  read(): void {
    this.#atRest(new Set([this.pool]), 0);
  }

  /** Pools at rest are asked about; `steps` is how far the search gets. */
  atRest(steps: number): void {
    this.#atRest(NONE, steps);
  }

  /** The time is spent before the turn of the pools at rest; unless told otherwise, no pool is at risk. */
  atRisk(steps: number, pools: readonly AskedPool[] = []): void {
    this.#search.nameAtRisk(pools, NONE, this.#context, stepsLeft(steps));
  }

  get isSearching(): boolean {
    return this.#search.isSearching;
  }

  get kinds(): readonly string[] {
    return (this.pool.shares?.largest ?? []).map(({ kind }) => kind);
  }

  #atRest(read: ReadonlySet<AskedPool>, steps: number): void {
    this.#search.nameAll([this.pool], read, this.#context, stepsLeft(steps));
  }

  get #context() {
    return { nowMs: this.nowMs, parts: new PartMeter() };
  }
}

function stepsLeft(steps: number): () => boolean {
  let left = steps;
  return () => left-- > 0;
}

describe.runIf(IS_TRUE_ROOT)('a search for processes that takes several polls', () => {
  test('tells pools at rest when it is over, though it ended in the time of those at risk', () => {
    const play = new Play();
    play.read();
    expect(play.kinds).toEqual(['user']);
    play.atRisk(1_000_000);
    expect([play.isSearching, play.kinds]).toEqual([false, ['user']]);
    play.atRest(0);
    expect(play.kinds).toEqual(['process']);
  });

  test('tells them what it found every ten seconds before, and does not go through their sockets at each poll', () => {
    const play = new Play();
    play.read();
    play.atRest(1);
    const told = play.pool.shares;
    play.nowMs = 9_000;
    play.atRest(1);
    expect(play.isSearching).toBe(true);
    expect(play.pool.shares).toBe(told);
    play.nowMs = 10_000;
    play.atRest(1);
    expect(play.pool.shares).not.toBe(told);
  });
});

describe.runIf(IS_TRUE_ROOT)('processes are looked through anew, though no socket is new', () => {
  let play: Play;

  beforeEach(() => {
    play = new Play();
    play.read();
    play.atRest(1_000_000);
    expect(play.isSearching).toBe(false);
  });

  test('after a minute for a pool at risk', () => {
    play.nowMs = 59_000;
    play.atRisk(0, [play.pool]);
    expect(play.isSearching).toBe(false);
    play.nowMs = 60_000;
    play.atRisk(0, [play.pool]);
    expect(play.isSearching).toBe(true);
  });

  test('after five minutes for pools at rest', () => {
    play.nowMs = 299_000;
    play.atRest(0);
    expect(play.isSearching).toBe(false);
    play.nowMs = 300_000;
    play.atRest(0);
    expect(play.isSearching).toBe(true);
  });
});
