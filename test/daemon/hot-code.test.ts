import { readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { Daemon, stopDaemons } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { inNetwork } from '../support/scenario.ts';

afterEach(stopDaemons);

const SCRAPES = 2000;

/** By itself V8 optimizes 145 to 200 functions meanwhile, by the version of Node.js; with the daemon's threshold 35 to 60. */
const FEW = 100;

test(`V8 hardly optimizes anything for ${SCRAPES} scrapes`, () =>
  inNetwork(async () => {
    const trace = temporaryFile('optimized.txt', '');
    const daemon = await Daemon.startBy((node = '', ...args) => [
      ...['sh', '-c', `exec "$@" >${trace}`, 'sh', node, '--trace-opt'],
      ...args,
    ]);
    for (let scrape = 0; scrape < SCRAPES; scrape += 1) await daemon.metrics();
    await daemon.nextPoll();
    await daemon.stop();
    // V8 takes an unknown flag for a reason to say so, and goes on.
    expect(daemon.stderr).not.toContain('unrecognized flag');
    const optimized = readFileSync(trace, 'utf8').match(/completed optimizing/g) ?? [];
    expect(optimized.length).toBeGreaterThan(0);
    expect(optimized.length).toBeLessThan(FEW);
  }));
