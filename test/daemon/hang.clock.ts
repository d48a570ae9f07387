import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
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
      const before = Date.now();
      expect(await daemon.stop('SIGTERM')).toBe(0);
      expect(Date.now() - before).toBeLessThan(5000);
      expect(daemon.stderr).toContain('the sampler is stuck in a system call: leaving without it');
    },
  );
});
