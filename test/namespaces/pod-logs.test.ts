import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCgroup } from '../../src/kernel/proc/cgroup.ts';
import { PodLogs } from '../../src/namespaces/pod-logs.ts';
import { RUNTIMES } from '../kernel/proc/pod-fixtures.ts';
import { asNobody } from '../support/nobody.ts';

const UID = '4f2c3e7c-bdd4-4d76-8a32-d1be58d127ed';
const OTHER_UID = '73d9d1a5-00ed-4cb3-9e13-650406ec4b6c';

const staticUids = fc.stringMatching(/^[0-9a-f]{32}$/);
const podUids = fc.oneof(fc.uuid(), staticUids);

function logFolder(...folders: readonly string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'epe-pods-'));
  for (const folder of folders) mkdirSync(join(root, folder));
  return root;
}

describe("the kubelet's log folder", () => {
  const folders = RUNTIMES.flatMap(({ pod, podUid }) =>
    pod === undefined ? [] : [`${pod.namespace}_${pod.name}_${podUid}`],
  );
  const logs = new PodLogs(logFolder(...folders));

  test.each(RUNTIMES)('names the pod: $runtime', ({ cgroup, pod }) => {
    expect(logs.find(parseCgroup(cgroup).podUid, 0)).toEqual(pod);
    expect(logs.problem).toBe('');
  });

  test('of any names', () => {
    const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
    const name = fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,40}[a-z0-9])?$/);
    const pods = fc.uniqueArray(fc.tuple(podUids, label, name), { selector: ([uid]) => uid });
    fc.assert(
      fc.property(pods, (all) => {
        const root = logFolder(...all.map(([uid, ns, pod]) => `${ns}_${pod}_${uid}`));
        const found = new PodLogs(root);
        for (const [uid, namespace, pod] of all) {
          expect(found.find(uid, 0)).toEqual({ namespace, name: pod });
        }
        rmSync(root, { recursive: true });
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    UID,
    `web_${UID}`,
    `default_web_${UID}_x`,
    `x_default_web_${UID}`,
    `_web_${UID}`,
    `default__${UID}`,
    `default_web_${UID.toUpperCase()}`,
    `Default_web_${UID}`,
    `default_web_x${UID}`,
    `default_web_${'x'.repeat(36)}`,
  ])('ignores a folder of another shape: %s', (folder) => {
    const one = new PodLogs(logFolder(folder, `default_db_${OTHER_UID}`));
    for (const uid of [UID, UID.toUpperCase(), `${UID}_x`, `x${UID}`, 'x'.repeat(36)]) {
      expect(one.find(uid, 0)).toBeUndefined();
    }
    expect(one.find(OTHER_UID, 0)).toEqual({ namespace: 'default', name: 'db' });
  });

  test('is read anew for an unknown uid, at most once per 5 seconds', () => {
    const root = logFolder();
    const one = new PodLogs(root);
    expect(one.find(UID, 1000)).toBeUndefined();
    mkdirSync(join(root, `default_web_${UID}`));
    expect(one.find(UID, 5999)).toBeUndefined();
    expect(one.find(UID, 6000)).toEqual({ namespace: 'default', name: 'web' });
    mkdirSync(join(root, `default_db_${OTHER_UID}`));
    expect(one.find(OTHER_UID, 10_999)).toBeUndefined();
    expect(one.find(OTHER_UID, 11_000)).toEqual({ namespace: 'default', name: 'db' });
  });

  test('is not read anew for a uid that is known, nor for an empty one', () => {
    const root = logFolder(`default_web_${UID}`);
    const one = new PodLogs(root);
    one.find(UID, 0);
    rmSync(root, { recursive: true });
    expect(one.find(UID, 60_000)).toEqual({ namespace: 'default', name: 'web' });
    expect(one.find('', 60_000)).toBeUndefined();
    expect(one.problem).toBe('');
  });

  test('is forgotten when the folder is read anew', () => {
    const root = logFolder(`default_web_${UID}`);
    const one = new PodLogs(root);
    one.find(UID, 0);
    rmSync(join(root, `default_web_${UID}`), { recursive: true });
    one.find(OTHER_UID, 5000);
    expect(one.find(UID, 5000)).toBeUndefined();
  });
});

describe('a log folder that cannot be read', () => {
  const problemOf = (directory: string): string => {
    const logs = new PodLogs(directory);
    expect(logs.problem).toBe('');
    expect(logs.find(UID, 0)).toBeUndefined();
    return logs.problem;
  };

  test('is not there', () => {
    expect(problemOf('/nowhere/pods')).toBe(
      "/nowhere/pods: not found; --path.pod-logs must name the kubelet's log folder",
    );
  });

  test('is a file', () => {
    const file = join(logFolder(), 'pods');
    writeFileSync(file, '');
    expect(problemOf(file)).toBe(
      `${file}: is not a folder; --path.pod-logs must name the kubelet's log folder`,
    );
  });

  test('links to itself', () => {
    const link = join(logFolder(), 'pods');
    symlinkSync(link, link);
    expect(problemOf(link)).toBe(
      `${link}: cannot be read (ELOOP); expected the kubelet's log folder`,
    );
  });

  test('must not be read', (context) => {
    const root = logFolder(`default_web_${UID}`);
    chmodSync(root, 0o700);
    const problem = asNobody(() => problemOf(root));
    if (problem === undefined) context.skip('needs true root, to become somebody else');
    expect(problem).toBe(
      `${root}: permission denied; the exporter must be in the group that owns it, usually root`,
    );
  });

  test("is the kubelet's own, mode 0750, and can be read by its group", (context) => {
    const root = logFolder(`default_web_${UID}`);
    chmodSync(root, 0o750);
    const pod = asNobody(() => new PodLogs(root).find(UID, 0) ?? 'unknown');
    if (pod === undefined) context.skip('needs true root, to become somebody else');
    expect(pod).toEqual({ namespace: 'default', name: 'web' });
  });

  test('that was removed names no pod until it is back', () => {
    const root = logFolder(`default_web_${UID}`);
    const logs = new PodLogs(root);
    logs.find(UID, 0);
    rmSync(root, { recursive: true });
    expect(logs.find(OTHER_UID, 5000)).toBeUndefined();
    expect(logs.find(UID, 5000)).toBeUndefined();
    expect(logs.problem).toContain('not found');
    mkdirSync(join(root, `default_web_${UID}`), { recursive: true });
    expect(logs.find(UID, 10_000)).toEqual({ namespace: 'default', name: 'web' });
    expect(logs.problem).toBe('');
  });
});
