import {
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, uptime } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Namespace } from '../../src/namespaces/namespace.ts';
import { Namespaces, type NamespacesOptions } from '../../src/namespaces/namespaces.ts';
import { withoutDescriptors } from '../support/shortage.ts';

/** Namespaces over a folder that looks like a procfs: hard links give files one inode, as the kernel does. */

const INTERVAL_MS = 5000;
const UIDS = {
  'kube-system/dns-0': '6f9d2f1c-0a57-4b7e-9d0a-3c1f7a55e201',
  'shop/cart-0': '6f9d2f1c-0a57-4b7e-9d0a-3c1f7a55e202',
} as const;
type PodName = keyof typeof UIDS;

let procfs = '';
let podLogs = '';

beforeEach(() => {
  procfs = mkdtempSync(join(tmpdir(), 'epe-namespaces-'));
  podLogs = mkdtempSync(join(tmpdir(), 'epe-pod-logs-'));
  for (const netns of ['host', 'x', 'y']) writeFileSync(join(procfs, netns), '');
  addProcess(1, 'host');
  symlinkSync('1', join(procfs, 'self'));
  for (const [name, uid] of Object.entries(UIDS)) {
    mkdirSync(join(podLogs, `${name.replace('/', '_')}_${uid}`));
  }
});

/** A process that begins to run now, or `ageSeconds` ago. */
function addProcess(pid: number, netns: string, pod?: PodName, ageSeconds = 0): void {
  const directory = join(procfs, String(pid));
  mkdirSync(join(directory, 'net'), { recursive: true });
  linkSync(join(procfs, netns), join(directory, 'net/tcp'));
  const startTicks = Math.ceil((uptime() - ageSeconds) * 100) + 1;
  writeFileSync(join(directory, 'stat'), `${pid} (p${pid}) S${' 0'.repeat(18)} ${startTicks} 0\n`);
  const path =
    pod === undefined ? 'system.slice' : `kubepods/burstable/pod${UIDS[pod]}/${'a'.repeat(64)}`;
  writeFileSync(join(directory, 'cgroup'), `0::/${path}\n`);
}

function endProcess(pid: number): void {
  rmSync(join(procfs, String(pid)), { recursive: true });
}

function open(options: Partial<NamespacesOptions> = {}): Namespaces {
  return new Namespaces(procfs, {
    discover: 'auto',
    include: [],
    exclude: [],
    limit: 1000,
    podLogs,
    ...options,
  });
}

/** Polls at each of `seconds`: looks and visits. Returns the namespaces that existed at the last. */
function pollAt(namespaces: Namespaces, ...seconds: readonly number[]): readonly Namespace[] {
  let there: readonly Namespace[] = [];
  for (const second of seconds) {
    there = namespaces.look(second * 1000, INTERVAL_MS).filter((namespace) => {
      const exists = namespace.visit(() => true) === true;
      if (!exists) namespaces.forget(namespace);
      return exists;
    });
  }
  return there;
}

function podsOf(namespaces: readonly Namespace[]): readonly string[] {
  return namespaces.map(({ identity }) => `${identity.podNamespace}/${identity.podName}`);
}

function upTo(end: number): readonly number[] {
  return Array.from({ length: end / 5 + 1 }, (_, index) => 5 * index);
}

describe('the identity of a namespace', () => {
  test('a pod that got the inode of a namespace that ended has a name of its own', () => {
    addProcess(100, 'x', undefined, 500);
    const namespaces = open();
    expect(podsOf(pollAt(namespaces, ...upTo(65)))).toEqual(['/']);
    endProcess(100);
    addProcess(200, 'x', 'shop/cart-0');
    const there = pollAt(namespaces, 70, 75, 80);
    expect(podsOf(there)).toEqual(['shop/cart-0']);
    expect(there[0]?.identity).toMatchObject({
      netns: String(statSync(join(procfs, 'x')).ino),
      name: 'p200',
      containerId: 'a'.repeat(64),
    });
  });

  test('the first process gives its name, by number and not by text', () => {
    for (const pid of [10, 9, 100]) addProcess(pid, 'x');
    expect(pollAt(open(), 0).map(({ identity }) => identity.name)).toEqual(['p9']);
  });

  test('a name of letters beyond ASCII', () => {
    addProcess(100, 'x');
    writeFileSync(join(procfs, '100/stat'), `100 (zähler)) S${' 0'.repeat(18)} 1 0\n`);
    expect(pollAt(open(), 0).map(({ identity }) => identity.name)).toEqual(['zähler)']);
  });

  test('a pod that is not in the log folder yet is waited for, but not where there is only one poll', () => {
    addProcess(100, 'x', 'shop/cart-0');
    rmSync(join(podLogs, `shop_cart-0_${UIDS['shop/cart-0']}`), { recursive: true });
    expect(podsOf(pollAt(open(), 0))).toEqual([]);
    expect(podsOf(pollAt(open({ once: true }), 0))).toEqual(['/']);
  });

  test('a process that entered the namespace of a pod does not hide the pod', () => {
    addProcess(100, 'x');
    addProcess(200, 'x', 'shop/cart-0');
    expect(podsOf(pollAt(open(), 0))).toEqual(['shop/cart-0']);
  });

  test('a process that left the namespace before it was identified is ignored', () => {
    addProcess(100, 'x', 'shop/cart-0', 500);
    const namespaces = open();
    pollAt(namespaces, ...upTo(65));
    endProcess(100);
    addProcess(100, 'y', 'shop/cart-0', 500);
    addProcess(200, 'x', 'kube-system/dns-0');
    expect(podsOf(pollAt(namespaces, 70, 75, 80))).toContain('kube-system/dns-0');
  });
});

describe('namespaces that are not selected', () => {
  const exclude = ['kube-system'];

  test('one that was left out does not keep its inode when it ends', () => {
    addProcess(100, 'x', 'kube-system/dns-0', 500);
    const namespaces = open({ exclude });
    expect(pollAt(namespaces, 0, 5)).toEqual([]);
    endProcess(100);
    addProcess(200, 'x', 'shop/cart-0');
    expect(podsOf(pollAt(namespaces, 15, 20, 30, 35))).toEqual(['shop/cart-0']);
  });

  test('one that exists is left out, and is the same when it is selected again', () => {
    addProcess(100, 'x', 'kube-system/dns-0', 500);
    const namespaces = open();
    const [before] = pollAt(namespaces, 0, 5);
    namespaces.replaceOptions({ discover: 'auto', include: [], exclude, limit: 1000, podLogs });
    expect(pollAt(namespaces, 10, 15, 30, 45, 60, 75)).toEqual([]);
    namespaces.replaceOptions({ discover: 'auto', include: [], exclude: [], limit: 1000, podLogs });
    expect(pollAt(namespaces, 80)).toEqual([before]);
    expect(before).toBeDefined();
  });
});

describe('more namespaces than are watched', () => {
  const namesOf = (there: readonly Namespace[]): readonly string[] =>
    there.map(({ identity }) => identity.name);

  beforeEach(() => {
    for (const [index, netns] of ['x', 'y', 'z', 'u'].entries()) {
      writeFileSync(join(procfs, netns), '');
      addProcess(100 + index, netns, undefined, 500);
    }
  });

  test('those that are watched stay, and the first of those that wait takes the place of one that ended', () => {
    const namespaces = open({ limit: 3 });
    expect(namesOf(pollAt(namespaces, 0, 15, 30, 45, 60))).toEqual(['p100', 'p101']);
    expect(namespaces.unwatched).toBe(2);
    endProcess(100);
    expect(namesOf(pollAt(namespaces, 65, 70))).toEqual(['p101', 'p102']);
    expect(namespaces.unwatched).toBe(1);
  });

  test('the host is read whatever the limit is, and with it no other at a limit of 1', () => {
    const namespaces = open({ limit: 1 });
    expect(pollAt(namespaces, 0, 5)).toEqual([]);
    expect(namespaces.host.identity.netns).toBe('host');
    expect(namespaces.unwatched).toBe(4);
  });

  test('one that waits and ends is not counted any more, and leaves its inode to another', () => {
    const namespaces = open({ limit: 3 });
    pollAt(namespaces, 0, 5);
    endProcess(103);
    pollAt(namespaces, ...upTo(65).slice(2));
    expect(namespaces.unwatched).toBe(1);
    addProcess(200, 'u', 'shop/cart-0');
    for (const pid of [100, 101, 102]) endProcess(pid);
    expect(podsOf(pollAt(namespaces, 70, 75, 80, 85, 90))).toEqual(['shop/cart-0']);
  });

  test('another limit holds from the next poll on', () => {
    const namespaces = open({ limit: 4 });
    expect(namesOf(pollAt(namespaces, 0, 5))).toEqual(['p100', 'p101', 'p102']);
    const options = { discover: 'auto', include: [], exclude: [], podLogs } as const;
    namespaces.replaceOptions({ ...options, limit: 2 });
    expect(namesOf(pollAt(namespaces, 10))).toEqual(['p100']);
    namespaces.replaceOptions({ ...options, limit: 1000 });
    expect(namesOf(pollAt(namespaces, 15))).toEqual(['p100', 'p101', 'p102', 'p103']);
    expect(namespaces.unwatched).toBe(0);
  });
});

describe('processes that end', () => {
  test('a namespace lives while one of its processes does, whichever it is', () => {
    for (let pid = 100; pid < 160; pid += 1) addProcess(pid, 'x', undefined, 500);
    const namespaces = open();
    const before = pollAt(namespaces, 0);
    for (let pid = 100; pid < 159; pid += 1) endProcess(pid);
    expect(pollAt(namespaces, 5)).toEqual(before);
    expect(before).toHaveLength(1);
    endProcess(159);
    expect(pollAt(namespaces, 10)).toEqual([]);
  });
});

describe('without a free descriptor', () => {
  test('a namespace whose processes cannot be asked has not ended', () => {
    addProcess(100, 'x', undefined, 500);
    const namespaces = open();
    const [there] = pollAt(namespaces, 0);
    const visit = (): unknown => withoutDescriptors(() => there?.visit(() => true));
    expect(visit).toThrow(/100\/stat: cannot be read \(EMFILE\)/);
    expect(pollAt(namespaces, 5)).toEqual([there]);
  });

  test('no pod is given a name without its pod, and it is looked for at each poll', () => {
    const namespaces = open();
    pollAt(namespaces, 0);
    addProcess(100, 'x', 'shop/cart-0');
    expect(withoutDescriptors(() => namespaces.look(15_000, INTERVAL_MS))).toEqual([]);
    expect(namespaces.searchProblem).toContain('EMFILE');
    expect(podsOf(pollAt(namespaces, 20))).toEqual([]);
    expect(namespaces.searchProblem).toBe('');
    expect(podsOf(pollAt(namespaces, 30))).toEqual(['shop/cart-0']);
  });

  test('a pod that was found already gets its name when the shortage ends', () => {
    addProcess(100, 'x', 'shop/cart-0');
    const log = join(podLogs, `shop_cart-0_${UIDS['shop/cart-0']}`);
    rmSync(log, { recursive: true });
    const namespaces = open();
    expect(podsOf(pollAt(namespaces, 0))).toEqual([]);
    mkdirSync(log);
    expect(withoutDescriptors(() => namespaces.look(6000, INTERVAL_MS))).toEqual([]);
    expect(podsOf(pollAt(namespaces, 11))).toEqual(['shop/cart-0']);
  });
});

test('in a copy of a procfs, which has no `self`, nothing tells namespaces apart: it is one', () => {
  addProcess(100, 'x');
  rmSync(join(procfs, 'self'));
  const namespaces = open();
  expect(pollAt(namespaces, 0)).toEqual([]);
  expect(namespaces.host.identity.netns).toBe('host');
  const views = namespaces.host.visit(({ net, sysctl }) => [net, sysctl]);
  expect(views).toEqual([join(procfs, 'net'), join(procfs, 'sys/net')]);
});
