import { test } from 'vitest';
import { Daemon } from './daemon.ts';
import { writeProcfs } from './procfs.ts';
import { inNetwork } from './scenario.ts';

/** A test with a daemon on a folder that looks like a procfs, which the test then changes. */
export function withProcfs(
  title: string,
  tell: (daemon: Daemon, procfs: string) => Promise<void>,
): void {
  test(title, () =>
    inNetwork(async () => {
      const procfs = writeProcfs();
      const daemon = await Daemon.start(`--path.procfs=${procfs}`);
      try {
        await daemon.nextPoll();
        await tell(daemon, procfs);
      } finally {
        await daemon.stop('SIGKILL');
      }
    }),
  );
}
