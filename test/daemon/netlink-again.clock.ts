import { describe, expect, test } from 'vitest';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';
import { Daemon } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { assertSource, BEST } from '../support/polls.ts';
import { inNetwork } from '../support/scenario.ts';
import { logLines } from '../support/story.ts';

/** A netlink that fails is tried again, after more and more polls. */

const NO_STRACE = missing(['strace', 'strace']);
const UDP_MISSING =
  'UDP sockets cannot be read, their series are absent: netlink sock_diag: a request was refused (ENOBUFS)';

describe.skipIf(NO_STRACE !== undefined)(
  `a netlink that fails for a while (${NO_STRACE ?? ''})`,
  () => {
    /** The exporter, which strace lets fail at those of the requests of each of its threads. */
    const failing =
      (requests: string) =>
      (...command: readonly string[]): readonly string[] => {
        const inject = `--inject=sendto:error=ENOBUFS:when=${requests}`;
        const trace = ['-D', '-f', '-qq', '--seccomp-bpf', '-e', 'trace=sendto', inject];
        return [tool('strace', 'strace'), ...trace, '-o', temporaryFile('trace', ''), ...command];
      };

    test('is tried again after one poll and after two more, and both changes are logged', () =>
      inNetwork(async () => {
        const daemon = await Daemon.startBy(failing('1..3'), '--log.format=json');
        await daemon.until('another source answers', async () => {
          return (await daemon.metrics()).find('poll_success', { source: BEST }) === 1;
        });
        assertSource(await daemon.nextPoll(), BEST);
        await daemon.stop();
        const said = daemon.stderr
          .split('\n')
          .flatMap((line) => /netlink does not work here|polling by \w+/.exec(line)?.[0] ?? []);
        expect(said).toEqual([
          'netlink does not work here',
          'polling by proc',
          `polling by ${BEST}`,
        ]);
        expect(logLines(daemon, 'a request was refused (ENOBUFS)')).toHaveLength(1);
      }));

    test('for UDP alone is one part that is missing where netlink was chosen, until it works again', () =>
      inNetwork(async () => {
        // Without sockets, the fourth request of each attempt is the first about UDP.
        const daemon = await Daemon.startBy(failing('4..40+4'), '--poll.source=netlink');
        const page = await daemon.nextPoll();
        const part = (name: string): number => page.value('part_success', { part: name });
        expect([part('tcp'), part('udp'), part('settings')]).toEqual([1, 0, 1]);
        expect(page.value('poll_success', { source: 'netlink' })).toBe(1);
        expect(page.find('capacity', { protocol: 'tcp' })).toBeGreaterThan(0);
        expect(page.find('capacity', { protocol: 'udp' })).toBeUndefined();
        await daemon.until('UDP is read', async () => {
          return (await daemon.metrics()).find('part_success', { part: 'udp' }) === 1;
        });
        expect((await daemon.metrics()).find('capacity', { protocol: 'udp' })).toBeGreaterThan(0);
        await daemon.stop();
        expect(logLines(daemon, UDP_MISSING)).toHaveLength(1);
      }));

    test('for one reply only is read again at once', () =>
      inNetwork(async () => {
        const daemon = await Daemon.startBy(failing('1'), '--log.format=json');
        assertSource(await daemon.nextPoll(), BEST);
        await daemon.stop();
        expect(logLines(daemon, 'proc')).toEqual([]);
      }));
  },
);
