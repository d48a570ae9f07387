import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LineReader } from '../../../src/kernel/proc/line-reader.ts';
import { ProcSource } from '../../../src/kernel/proc/proc-source.ts';
import { hexIpv4, rowText, table, writeProcfs } from '../../support/procfs.ts';

const FOLDER = writeProcfs();

function open(name: string, text: string): LineReader {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  const lines = LineReader.openUneven(path);
  if (lines === undefined) throw new Error(`${path} does not exist`);
  return lines;
}

function readAll(lines: LineReader): string[] {
  const read: string[] = [];
  while (lines.advance()) read.push(lines.bytes.toString('latin1', lines.start, lines.end));
  return read;
}

test('lines of any length end at their first newline', () => {
  const lines = ['abcde', 'fg', 'hi', '', 'klmno', 'x'.repeat(60_000), 'pq'];
  const reader = open('uneven', lines.map((line) => `${line}\n`).join(''));
  expect(readAll(reader)).toEqual(lines);
  reader.close();
});

test('files that are open at a time have a buffer each; one that is closed leaves it to the next', () => {
  const [first, second] = [open('first', 'a\nb\n'), open('second', 'c\nd\n')];
  const buffers = new Set([first.bytes, second.bytes]);
  expect(buffers.size).toBe(2);
  expect(first.advance()).toBe(true);
  expect(readAll(second)).toEqual(['c', 'd']);
  expect(readAll(first)).toEqual(['b']);
  first.close();
  second.close();
  const later = [open('third', ''), open('fourth', '')];
  expect(new Set(later.map(({ bytes }) => bytes))).toEqual(buffers);
  for (const reader of later) reader.close();
});

test('a visitor may read other tables', () => {
  const rows = Array.from({ length: 1000 }, (_, slot) =>
    rowText(slot, {
      local: hexIpv4('127.0.0.1'),
      localPort: slot + 1,
      remote: hexIpv4('127.0.0.2'),
      remotePort: 80,
      state: 1,
    }),
  );
  const source = new ProcSource(join(writeProcfs({ 'net/tcp': table(...rows) }), 'net'));
  const other = new ProcSource(join(FOLDER, 'net'));
  const ports: number[] = [];
  source.readTcp(({ localPort }) => {
    if (localPort % 100 === 0) other.readTcp(() => undefined);
    ports.push(localPort);
  });
  expect(ports).toEqual(rows.map((_, slot) => slot + 1));
});
