import { expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { descriptorsAtRest } from '../support/descriptors.ts';
import { BEST } from '../support/polls.ts';
import { withDefect } from '../support/planted.ts';
import { inNetwork } from '../support/scenario.ts';

/** A sampler that dies is started again: whatever it had open, the process must not keep. */

function deathsOf(daemon: Daemon): number {
  return daemon.stderr.split('the sampler died and was started again').length - 1;
}

test.each(['netlink', BEST])(
  'a sampler that dies leaves no descriptor behind (%s)',
  { timeout: 90_000 },
  (source) =>
    inNetwork(async () => {
      // After its first poll: whoever dies before it, again and again, is not started any more.
      const dies = withDefect(`
      if (isSampler) {
        const { parentPort } = require('node:worker_threads');
        const { postMessage } = parentPort;
        parentPort.postMessage = function (...message) {
          postMessage.apply(this, message);
          setTimeout(() => { throw new Error('planted'); }, 200);
        };
      }`);
      const daemon = await Daemon.startBy(dies, `--poll.source=${source}`);
      await daemon.until('it died', () => Promise.resolve(deathsOf(daemon) >= 2));
      const before = await descriptorsAtRest(daemon.process.pid ?? 0);
      const deaths = deathsOf(daemon);
      await daemon.until('it died 20 times', () =>
        Promise.resolve(deathsOf(daemon) >= deaths + 20),
      );
      const after = await descriptorsAtRest(daemon.process.pid ?? 0);
      // A thread that is being started or ended has a dozen of its own; twenty deaths that left one each are beyond that.
      expect(after).toBeLessThanOrEqual(before + 15);
      await daemon.stop('SIGKILL');
    }),
);
