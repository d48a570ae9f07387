import { mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { FileWatcher } from '../../src/config/watch.ts';
import { linkThroughData, WRITES } from '../support/file-writes.ts';
import { Random } from '../support/random.ts';

const BURSTS = 25;

function fail(error: unknown): void {
  throw error;
}

/** Waits until the watcher has seen `content`, for 20 s at most: the slow re-check would take 30 s. */
async function seen(contents: readonly string[], content: string): Promise<boolean> {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (contents.at(-1) === content) return true;
    await sleep(20);
  }
  return false;
}

describe.concurrent('after each burst of writes the last content is seen', () => {
  for (const [title, write] of Object.entries(WRITES)) {
    test(title, { timeout: 120_000 }, async () => {
      const directory = mkdtempSync(join(tmpdir(), 'epe-watch-'));
      if (title === 'ConfigMap swap') linkThroughData(directory);
      write(directory, 'first');
      const path = join(directory, 'config.yaml');
      const contents: string[] = [];
      const watcher = new FileWatcher(path, () => contents.push(readFileSync(path, 'utf8')), fail);
      await sleep(300);
      const random = new Random(11);
      for (let burst = 0; burst < BURSTS; burst += 1) {
        let content = '';
        for (let writes = 1 + random.below(3); writes > 0; writes -= 1) {
          content = `burst ${burst}, ${writes} to go`;
          write(directory, content);
          if (writes > 1) await sleep(random.below(81));
        }
        expect(await seen(contents, content), content).toBe(true);
      }
      await watcher.close();
    });
  }
});

test('the same content again is no change', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'epe-watch-'));
  const write = WRITES['in place'];
  write?.(directory, 'same');
  let changes = 0;
  const watcher = new FileWatcher(join(directory, 'config.yaml'), () => (changes += 1), fail);
  await sleep(300);
  write?.(directory, 'same');
  await sleep(500);
  expect(changes).toBe(0);
  await watcher.close();
});

test('what lies beside the file and cannot be watched is no concern', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'epe-watch-'));
  symlinkSync('loop-b', join(directory, 'loop-a'));
  symlinkSync('loop-a', join(directory, 'loop-b'));
  const path = join(directory, 'config.yaml');
  writeFileSync(path, 'first');
  let changes = 0;
  const watcher = new FileWatcher(
    path,
    () => (changes += 1),
    () => undefined,
  );
  await sleep(300);
  writeFileSync(path, 'second');
  await sleep(500);
  expect(changes).toBe(1);
  await watcher.close();
});
