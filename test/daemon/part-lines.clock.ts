import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { writeProcfs } from '../support/procfs.ts';
import { inNetwork } from '../support/scenario.ts';
import { logOf } from '../support/story.ts';

test(
  'a part that fails is logged once, and once more when it works again; so at the next time',
  { timeout: 60_000 },
  () =>
    inNetwork(async () => {
      const procfs = writeProcfs();
      const table = join(procfs, 'net/udp');
      const good = readFileSync(table);
      const daemon = await Daemon.start(`--path.procfs=${procfs}`, '--log.format=json');
      const lines = (): readonly string[] =>
        logOf(daemon)
          .filter(({ msg }) => /UDP sockets cannot be read|the part udp/.test(msg))
          .map(({ level, msg }) => `${level} ${msg.slice(0, 32)}`);
      const [failed, works] = [
        '40 UDP sockets cannot be read, thei',
        '30 the part udp of the polls works ',
      ];
      await daemon.nextPoll();
      expect(lines()).toEqual([]);
      for (const times of [1, 2]) {
        writeFileSync(table, 'nonsense\n');
        await daemon.nextPoll();
        await daemon.nextPoll();
        expect(lines().filter((line) => line === failed)).toHaveLength(times);
        writeFileSync(table, good);
        await daemon.nextPoll();
        await daemon.nextPoll();
        expect(lines().filter((line) => line === works)).toHaveLength(times);
      }
      expect(lines()).toHaveLength(4);
      await daemon.stop('SIGKILL');
    }),
);
