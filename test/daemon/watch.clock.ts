import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { identityOf } from '../../src/config/regular-file.ts';
import { FileWatcher } from '../../src/config/watch.ts';
import { linkThroughData, WRITES } from '../support/file-writes.ts';
import { Random } from '../support/random.ts';

const BURSTS = 25;

function fail(error: unknown): void {
  throw error;
}

/** Watches a file from now on. */
function watched(path: string, changed: () => void, failed = fail): FileWatcher {
  return new FileWatcher(path, identityOf(statSync(path, { bigint: true })), changed, failed);
}

/** Waits until the watcher has seen `content`, for 20 s at most. */
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
      const watcher = watched(path, () => contents.push(readFileSync(path, 'utf8')));
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

test('a link that leads to another folder, which was there before, is seen at the next look', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'epe-watch-'));
  for (const name of ['a', 'b']) {
    mkdirSync(join(directory, name));
    writeFileSync(join(directory, name, 'config.yaml'), name);
  }
  const flip = (to: string): void => {
    symlinkSync(to, join(directory, 'new'));
    renameSync(join(directory, 'new'), join(directory, '..data'));
  };
  flip('a');
  linkThroughData(directory);
  const path = join(directory, 'config.yaml');
  const contents: string[] = [];
  const watcher = watched(path, () => contents.push(readFileSync(path, 'utf8')));
  await sleep(300);
  const late: number[] = [];
  for (let burst = 0; burst < 20; burst += 1) {
    const to = burst % 2 === 0 ? 'b' : 'a';
    const start = performance.now();
    flip(to);
    expect(await seen(contents, to), `burst ${burst}`).toBe(true);
    late.push(performance.now() - start);
  }
  expect(Math.max(...late)).toBeLessThan(3000);
  await watcher.close();
});

test('a change before the watch began is seen', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'epe-watch-'));
  const path = join(directory, 'config.yaml');
  writeFileSync(path, 'first');
  const read = identityOf(statSync(path, { bigint: true }));
  await sleep(50);
  writeFileSync(path, 'other');
  const contents: string[] = [];
  const changed = (): number => contents.push(readFileSync(path, 'utf8'));
  const watcher = new FileWatcher(path, read, changed, fail);
  expect(await seen(contents, 'other')).toBe(true);
  await watcher.close();
});

test('a folder in which other files are written all the time does not hold it up', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'epe-watch-'));
  const path = join(directory, 'config.yaml');
  writeFileSync(path, 'first');
  let changes = 0;
  const watcher = watched(path, () => (changes += 1));
  const noise = setInterval(() => {
    writeFileSync(join(directory, 'log'), String(performance.now()));
  }, 20);
  await sleep(300);
  writeFileSync(path, 'second');
  await sleep(1500);
  clearInterval(noise);
  expect(changes).toBe(1);
  await watcher.close();
});

test('what lies beside the file and cannot be watched is no concern', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'epe-watch-'));
  symlinkSync('loop-b', join(directory, 'loop-a'));
  symlinkSync('loop-a', join(directory, 'loop-b'));
  const path = join(directory, 'config.yaml');
  writeFileSync(path, 'first');
  let changes = 0;
  const watcher = watched(
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
