import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, closeSync, openSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCgroup, readCgroupOwner, type CgroupOwner } from '../../../src/kernel/proc/cgroup.ts';
import { asNobody } from '../../support/nobody.ts';
import { withoutDescriptors } from '../../support/shortage.ts';
import { writeProcfs } from '../../support/procfs.ts';
import { FIXTURES, RUNTIMES } from './pod-fixtures.ts';

const NONE: CgroupOwner = { podUid: '', containerId: '' };
const UID = '4f2c3e7c-bdd4-4d76-8a32-d1be58d127ed';
const OTHER_UID = '73d9d1a5-00ed-4cb3-9e13-650406ec4b6c';
const STATIC_UID = '3d6beaa3004913efb68ce073d73494b0';
const ID = '5eaf49ccb3badd73d8c5e9e1fc2af84e0a84f07f6e4cba02ea8711f0782e3dbc';
const OTHER_ID = '1a100124b0e7e8d51b98caa087621e21344c9dcc4b4796b0dff7dcb4752a3515';
const SLICE = `kubepods-pod${UID.replaceAll('-', '_')}.slice`;

describe('the owner of a cgroup', () => {
  test.each(RUNTIMES)('$runtime', ({ cgroup, podUid, containerId }) => {
    expect(parseCgroup(cgroup)).toEqual({ podUid, containerId });
  });

  test('the README lists each fixture, and no other', () => {
    const [, ...rows] = readFileSync(join(FIXTURES, 'README.md'), 'utf8').split(/^\| -+ .*$/m);
    const listed = rows.join().matchAll(/^\| ([-a-z0-9, ]+?) +\|/gm);
    const names = Array.from(listed, ([, cell = '']) => cell.split(', ')).flat();
    expect(names.toSorted()).toEqual(RUNTIMES.map(({ runtime }) => runtime).toSorted());
  });

  test.each([
    ['a pod without a container', `0::/kubepods/pod${UID}`, { podUid: UID, containerId: '' }],
    ["Kata's", `0::/kubepods/pod${UID}/kata_${ID}`, { podUid: UID, containerId: ID }],
    [
      "Kata's by systemd",
      `0::/kubepods.slice/${SLICE}/cri-containerd-${ID}.scope`,
      { podUid: UID, containerId: ID },
    ],
    [
      "Kata's for what a virtual machine needs beside its pod",
      `0::/kata_overhead/${ID}`,
      { podUid: '', containerId: ID },
    ],
    ["another word's underscore", `0::/a_${ID}`, NONE],
    ['a slice without a container', `0::/${SLICE}`, { podUid: UID, containerId: '' }],
    [
      'a pod in a container, but in none of its own',
      `0::/docker/${OTHER_ID}/kubepods/pod${UID}`,
      { podUid: UID, containerId: '' },
    ],
    [
      'a pod in a container of a container, but in none of its own',
      `0::/docker/${OTHER_ID}/docker/${OTHER_ID}/kubepods/pod${UID}`,
      { podUid: UID, containerId: '' },
    ],
    [
      'a cgroup inside that looks like a line',
      `0::/kubepods/pod${UID}/${ID}/0::/docker/${OTHER_ID}`,
      { podUid: UID, containerId: ID },
    ],
    [
      'a carriage return in a name',
      `0::/kubepods/pod${UID}/${ID}/a\rb`,
      { podUid: UID, containerId: ID },
    ],
    [
      'a folder of several names for all pods',
      `0::/a_b.slice/a_b-c.slice/a_b-c-kubepods.slice/a_b-c-${SLICE}/crio-${ID}.scope`,
      { podUid: UID, containerId: ID },
    ],
    [
      'another cgroup of the same pod, seen from one of its containers',
      `0::/../cri-containerd-${ID}.scope`,
      { podUid: '', containerId: ID },
    ],
    [
      'a container in a container',
      `0::/docker/${ID}/docker/${OTHER_ID}`,
      { podUid: '', containerId: ID },
    ],
    ['a removed cgroup', `0::/docker/${ID} (deleted)`, { podUid: '', containerId: ID }],
    ['a removed pod', `0::/kubepods.slice/${SLICE} (deleted)`, { podUid: UID, containerId: '' }],
    ['a last line without its end', `1:cpu:/\n0::/docker/${ID}`, { podUid: '', containerId: ID }],
  ])('%s', (_, text, owner) => {
    expect(parseCgroup(text)).toEqual(owner);
  });

  test.each([
    '/',
    '/user.slice/podcast.service',
    '/podman/podman.service',
    `/user.slice/pod${UID}/${UID}`,
    `/user.slice/mykubepods/pod${UID}`,
    `/kubepods/pod${UID}0`,
    `/kubepods/pod${UID.slice(1)}`,
    `/kubepods/pod${UID.toUpperCase()}`,
    `/kubepods/pod${UID.replace('-4d76', '')}`,
    `/ab/pod${UID}`,
    `/kubepods/pod${UID.replaceAll('-', '_')}`,
    `/kubepods/pod${STATIC_UID}0`,
    `/kubepods/xpod${UID}`,
    `/mykubepods-pod${STATIC_UID}.slice`,
    `/kubepods-podpod${STATIC_UID}.slice`,
    `/kubepods-pod${UID}.slice`,
    `/kubepods-pod${STATIC_UID}`,
    `/kubepods-pod${STATIC_UID}.slices`,
    `/system.slice/${ID}.service`,
    `/system.slice/docker-${ID}xscope`,
    `/docker/${ID}0`,
    `/docker/a${ID}`,
    `/docker/${ID.slice(1)}`,
    `/system.slice/docker-${ID}.scopes`,
  ])('none: %s', (path) => {
    expect(parseCgroup(`0::${path}\n`)).toEqual(NONE);
  });

  test.each(['', 'x', `/docker/${ID}`, `0:/docker/${ID}`, `x::/docker/${ID}`, `0::docker/${ID}`])(
    'not a line of the kernel: %s',
    (line) => {
      expect(parseCgroup(line)).toEqual(NONE);
    },
  );

  test('the line that tells most is believed, wherever it stands', () => {
    const lines = [
      '4:rdma:/',
      `3:cpu:/docker/${OTHER_ID}`,
      `2:memory:/kubepods/pod${OTHER_UID}`,
      `1:name=systemd:/kubepods/pod${UID}/${ID}`,
    ];
    const both = { podUid: UID, containerId: ID };
    const pod = { podUid: OTHER_UID, containerId: '' };
    const container = { podUid: '', containerId: OTHER_ID };
    for (const [count, owner] of [NONE, container, pod, both].entries()) {
      const some = lines.slice(0, count + 1);
      expect(parseCgroup(some.join('\n'))).toEqual(owner);
      expect(parseCgroup(some.toReversed().join('\n'))).toEqual(owner);
    }
  });
});

const digits = fc.integer({ min: 0, max: 15 }).map((value) => value.toString(16));
const hex = (length: number) => fc.string({ unit: digits, minLength: length, maxLength: length });
const containerIds = hex(64);
const podUids = fc.oneof(fc.uuid(), hex(32));
const qosClasses = fc.constantFrom<readonly string[]>([], ['burstable'], ['besteffort']);
const roots = fc.constantFrom<readonly string[]>([], ['kubelet'], ['system', 'pods-here']);

const slices = (names: readonly string[]): readonly string[] =>
  names.map((_, last) => {
    const upTo = names.slice(0, last + 1).map((name) => name.replaceAll('-', '_'));
    return `${upTo.join('-')}.slice`;
  });

/** Each driver of the kubelet with each runtime: where it puts a container of a pod. */
const DRIVERS: readonly ((pod: readonly string[], id: string) => string)[] = [
  ...['cri-containerd', 'crio', 'crio-conmon', 'docker'].map(
    (prefix) => (pod: readonly string[], id: string) =>
      `/${slices(pod).join('/')}/${prefix}-${id}.scope`,
  ),
  ...['', 'crio-', 'crio-conmon-'].map(
    (prefix) => (pod: readonly string[], id: string) => `/${pod.join('/')}/${prefix}${id}`,
  ),
  (pod, id) => `/system.slice/containerd.service/${slices(pod).at(-1) ?? ''}:cri-containerd:${id}`,
];

const podPaths = fc
  .tuple(fc.constantFrom(...DRIVERS), roots, qosClasses, podUids, containerIds)
  .map(([driver, root, qos, podUid, containerId]) => ({
    podUid,
    containerId,
    path: driver([...root, 'kubepods', ...qos, `pod${podUid}`], containerId),
  }));
const outside = fc.oneof(
  fc.constantFrom('', '/../..'),
  containerIds.map((id) => `/docker/${id}`),
  containerIds.map((id) => `/system.slice/docker-${id}.scope`),
);
const inside = fc.oneof(
  fc.constantFrom('', '/container', '/init.scope', '/system.slice/sshd.service'),
  containerIds.map((id) => `/docker/${id}`),
  podPaths.map(({ path }) => path),
);
const VERSIONS: readonly ((path: string) => string)[] = [
  (path) => `0::${path}\n`,
  (path) => `3:rdma:/\n2:cpu,cpuacct:${path}\n1:name=systemd:${path}\n`,
  (path) => `2:rdma:/\n1:memory:${path}\n0::/system.slice/containerd.service\n`,
];

describe('whatever the kernel writes', () => {
  test('each driver, QoS class and runtime: the outermost pod and its container', () => {
    const versions = fc.constantFrom(...VERSIONS);
    fc.assert(
      fc.property(versions, outside, podPaths, inside, (version, above, pod, below) => {
        const { podUid, containerId } = pod;
        const text = version(above + pod.path + below);
        expect(parseCgroup(text)).toEqual({ podUid, containerId });
      }),
      { numRuns: 2000 },
    );
  });

  test('a random text has no owner', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseCgroup(text)).toEqual(NONE);
        expect(parseCgroup(`0::/${text}`)).toEqual(NONE);
      }),
    );
  });

  test('a random mixture of its words never throws, and never gives half an id', () => {
    const words = fc.constantFrom(
      ...['0::', '1:cpu:', '/', '-', ':', '\n', '..', '.slice', '.scope', 'pod', 'libpod_parent'],
      ...['kubepods', 'burstable', UID, UID.replaceAll('-', '_'), STATIC_UID, ID, SLICE, 'docker'],
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (mixture) => {
        const { podUid, containerId } = parseCgroup(mixture.join(''));
        expect(['', UID, STATIC_UID]).toContain(podUid);
        expect(['', ID]).toContain(containerId);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the cgroup of a process', () => {
  test('is read under the procfs mount', () => {
    const procfs = writeProcfs({ '7/cgroup': `0::/docker/${ID}\n`, '8/cgroup': '0::/\n' });
    expect(readCgroupOwner(procfs, 7)).toEqual({ podUid: '', containerId: ID });
    expect(readCgroupOwner(procfs, 8)).toEqual(NONE);
  });

  test('of this kernel can be read', () => {
    const text = readFileSync('/proc/self/cgroup', 'utf8');
    expect(readCgroupOwner('/proc', process.pid)).toEqual(parseCgroup(text));
  });

  test('is none when the process has gone', () => {
    expect(readCgroupOwner(writeProcfs(), 7)).toEqual(NONE);
  });

  test('is none when the process goes between open and read', async () => {
    const child = spawn('sleep', ['60']);
    const fd = openSync(`/proc/${String(child.pid)}/cgroup`, 'r');
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    expect(() => readFileSync(fd)).toThrow('ESRCH');
    expect(readCgroupOwner(linkTo(`/proc/self/fd/${fd}`), 7)).toEqual(NONE);
    closeSync(fd);
  });

  test('is not none when no descriptor is free', () => {
    const procfs = writeProcfs({ '7/cgroup': `0::/docker/${ID}\n` });
    expect(() => withoutDescriptors(() => readCgroupOwner(procfs, 7))).toThrow('EMFILE');
  });

  test('is none when it must not be read', (context) => {
    const procfs = writeProcfs({ '7/cgroup': `0::/docker/${ID}\n` });
    chmodSync(join(procfs, '7/cgroup'), 0);
    chmodSync(procfs, 0o755);
    const owner = asNobody(() => readCgroupOwner(procfs, 7));
    if (owner === undefined) context.skip('needs true root, to become somebody else');
    expect(owner).toEqual(NONE);
  });

  test('is none when the kernel does not permit it', (context) => {
    const refusal = '/proc/1/timerslack_ns';
    const procfs = linkTo(refusal);
    const refused = asNobody(() => {
      expect(() => readFileSync(refusal)).toThrow('EPERM');
      return readCgroupOwner(procfs, 7);
    });
    if (refused === undefined) context.skip('needs true root, to become somebody else');
    expect(refused).toEqual(NONE);
  });

  test('is none when the file cannot be read at all', () => {
    const procfs = writeProcfs({ '7/cgroup/x': '' });
    expect(readCgroupOwner(procfs, 7)).toEqual({ podUid: '', containerId: '' });
  });
});

/** A procfs whose process 7 answers as the kernel does for `target`. */
function linkTo(target: string): string {
  const procfs = writeProcfs({ '7/comm': '' });
  symlinkSync(target, join(procfs, '7/cgroup'));
  chmodSync(procfs, 0o755);
  return procfs;
}
