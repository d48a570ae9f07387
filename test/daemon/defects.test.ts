import { describe, expect, test } from 'vitest';
import { Daemon } from '../support/daemon.ts';
import { withDefect } from '../support/planted.ts';
import { inNetwork } from '../support/scenario.ts';

/** Defects of the program: each is logged, and the program goes on or ends, as the log says. */

const DIED = 'the sampler died and was started again';

function count(daemon: Daemon, text: string): number {
  return daemon.stderr.split(text).length - 1;
}

describe('a sampler that dies before the server listens', () => {
  test('again and again: the program says so and ends', () =>
    inNetwork(async () => {
      const started = Daemon.startBy(withDefect(`if (isSampler) throw new Error('planted');`));
      // It may have answered before it gave up.
      const ended = started.then((daemon) => daemon.until('never', () => Promise.resolve(false)));
      await expect(ended).rejects.toThrow('the sampler died again and again: giving up');
    }));

  test('once: it is started again, and the log says so', () =>
    inNetwork(async () => {
      const mark = `/tmp/epe-died-${process.pid}-${Date.now()}`;
      const daemon = await Daemon.startBy(
        withDefect(`
          const { existsSync, writeFileSync } = require('node:fs');
          if (isSampler && !existsSync('${mark}')) {
            writeFileSync('${mark}', '');
            throw new Error('planted');
          }`),
      );
      await daemon.nextPoll();
      expect(count(daemon, DIED)).toBe(1);
      expect(daemon.stderr).toContain('planted');
      expect((await daemon.get('/-/healthy')).status).toBe(200);
      expect(await daemon.stop()).toBe(0);
      expect(daemon.stderr).not.toContain('stuck in a system call');
    }));
});

test('a page that cannot be rendered is logged, and the program goes on', () =>
  inNetwork(async () => {
    const daemon = await Daemon.startBy(
      withDefect(`
        if (isMainThread) {
          // The process metrics ask for it at each rendering.
          const { cpuUsage } = process;
          let calls = 0;
          process.cpuUsage = () => {
            calls += 1;
            if (calls > 5 && calls < 10) throw new Error('planted');
            return cpuUsage.call(process);
          };
        }`),
    );
    await daemon.until('a page fails', async () => {
      await daemon.get('/metrics');
      return daemon.stderr.includes('the page could not be rendered');
    });
    await daemon.until('a page is good again', async () => {
      return (await daemon.get('/metrics')).status === 200;
    });
    expect(await daemon.stop()).toBe(0);
  }));

test('what nobody handles is logged, and ends the program', () =>
  inNetwork(async () => {
    const daemon = await Daemon.startBy(
      withDefect(
        `if (isMainThread) process.once('SIGWINCH', () => Promise.reject(new Error('planted')));`,
      ),
    );
    daemon.process.kill('SIGWINCH');
    await expect(daemon.until('never', () => Promise.resolve(false))).rejects.toThrow(
      /"level":60.*planted.*a defect of the exporter: it ends/,
    );
    expect(daemon.process.exitCode).toBe(1);
  }));
