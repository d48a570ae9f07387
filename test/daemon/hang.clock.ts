import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { writeProcfs } from '../support/procfs.ts';
import { inNetwork } from '../support/scenario.ts';
import { withProcfs } from '../support/with-procfs.ts';

describe('a poll that hangs', () => {
  withProcfs(
    'turns /-/ready to 503, withholds series, and SIGTERM still ends it',
    async (daemon, procfs) => {
      const path = join(procfs, 'net/tcp');
      rmSync(path);
      execFileSync('mkfifo', [path]);
      await daemon.until(
        'it is not ready',
        async () => (await daemon.get('/-/ready')).status === 503,
      );
      const page = await daemon.metrics();
      expect(page.find('range_size')).toBeUndefined();
      expect(page.find('endpoints', { protocol: 'tcp' })).toBeUndefined();
      expect(page.value('poll_interval_seconds')).toBe(1);
      expect(page.value('poll_last_success_timestamp_seconds')).toBeGreaterThan(0);
      expect((await daemon.get('/-/healthy')).status).toBe(200);
      await daemon.until('it says so', () =>
        Promise.resolve(daemon.stderr.includes('no good poll for 30 s')),
      );
      expect(page.value('poll_success')).toBe(0);
      await daemon.until('it is not healthy', async () => {
        return (await daemon.get('/-/healthy')).status === 503;
      });
      await daemon.until('it says so too', () =>
        Promise.resolve(daemon.stderr.includes('it is stuck in a system call: not healthy')),
      );
      const before = Date.now();
      expect(await daemon.stop('SIGTERM')).toBe(0);
      expect(Date.now() - before).toBeLessThan(5000);
      expect(daemon.stderr).toContain('the sampler is stuck in a system call: leaving without it');
    },
  );
});

test('a first poll that never ends is said, and is no success', () =>
  inNetwork(async () => {
    const procfs = writeProcfs();
    rmSync(join(procfs, 'net/tcp'));
    execFileSync('mkfifo', [join(procfs, 'net/tcp')]);
    const daemon = await Daemon.start(`--path.procfs=${procfs}`);
    await daemon.until('it says so', () =>
      Promise.resolve(daemon.stderr.includes('no good poll for 30 s, the poll has not ended')),
    );
    const page = await daemon.metrics();
    expect(page.value('poll_success', { source: 'proc' })).toBe(0);
    expect(page.find('poll_rows')).toBeUndefined();
    expect(page.find('poll_duration_seconds')).toBeUndefined();
    expect(await daemon.stop('SIGTERM')).toBe(0);
  }));
