import { expect, test } from 'vitest';
import { sourceNote } from '../../src/answers/source-words.ts';
import type { SourceName } from '../../src/kernel/socket-row.ts';

function noteOf(names: readonly SourceName[], fallbackReason: string): string {
  const sources = names.map((source) => {
    return { source, durationSeconds: 0, rows: 0, malformedRows: 0, repeatedRows: 0 };
  });
  return sourceNote({ sources, fallbackReason });
}

test.each([
  [['netlink'], '', ''],
  [['netlink'], 'EPERM', 'BPF programs do not work here, netlink is read: EPERM.'],
  [
    ['netlink', 'proc'],
    '',
    "Other network namespaces than the exporter's own are read from /proc.",
  ],
  [
    ['netlink', 'proc'],
    'EPERM',
    "BPF programs do not work here, netlink is read: EPERM. Other network namespaces than the exporter's own are read from /proc.",
  ],
  [['proc'], '', 'Sockets are read from /proc.'],
  [['proc'], 'ENOENT', 'netlink does not work here, /proc is read: ENOENT.'],
] as const)('%j, because of "%s": %s', (names, reason, start) => {
  const note = noteOf(names, reason);
  expect(note.startsWith(start)).toBe(true);
  expect(note.includes('/proc does not show')).toBe(names.some((name) => name === 'proc'));
});
