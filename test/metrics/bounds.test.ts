import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Poller } from '../../src/sampler/poll.ts';
import { pollOptions } from '../support/pools.ts';
import { rowText, table, writeProcfs } from '../support/procfs.ts';

const ENDPOINTS = 10_000;

/** A table of connections to `ENDPOINTS` remote addresses, all others than in any other generation. */
function generation(number: number): string {
  const rows = Array.from({ length: ENDPOINTS }, (_, index) => {
    const remote = (0x0a000000 + number * ENDPOINTS + index).toString(16).toUpperCase();
    return rowText(index, {
      local: '0100A8C0',
      localPort: 32_768 + (index % 28_000),
      remote: remote.padStart(8, '0'),
      remotePort: 443,
      state: 1,
    });
  });
  return table(...rows);
}

/** Bytes in use after a collection. */
function used(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

test('10,000 endpoints that all change at every poll keep memory flat', () => {
  const procfs = writeProcfs();
  const poller = new Poller(pollOptions(procfs));
  const sizes = Array.from({ length: 9 }, (_, number) => {
    writeFileSync(join(procfs, 'net/tcp'), generation(number));
    const { namespaces } = poller.poll();
    const [connect] = namespaces[0]?.kinds ?? [];
    expect(connect?.exported.length).toBeLessThanOrEqual(200);
    return used();
  });
  expect(globalThis.gc).toBeDefined();
  const [early = 0, late = 0] = [sizes[4], sizes[8]];
  expect(late - early).toBeLessThan(4_000_000);
});
