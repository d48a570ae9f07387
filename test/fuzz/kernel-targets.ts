import { readdirSync, readFileSync } from 'node:fs';
import { KernelError } from '../../src/kernel/kernel-error.ts';
import { Answer } from '../../src/kernel/netlink/answer.ts';
import { CURSOR_BYTES, withCursor } from '../../src/kernel/netlink/cursor.ts';
import {
  decodeDetails,
  decodeDiagRow,
  DiagRareFields,
} from '../../src/kernel/netlink/inet-diag-row.ts';
import { parseCgroup } from '../../src/kernel/proc/cgroup.ts';
import {
  decodeRow,
  IPV4_ROWS,
  IPV6_ROWS,
  ownerColumns,
  type RowFormat,
} from '../../src/kernel/proc/net/net-row.ts';
import { SocketRow } from '../../src/kernel/socket-row.ts';
import { holdsRow } from './file-targets.ts';
import { Broken, holdsWhole, type Target } from './target.ts';

/** Parsers of the kernel's bytes in memory. */

const FIXTURES = 'test/fixtures';

function linesOf(file: string): readonly Buffer[] {
  const text = readFileSync(`${FIXTURES}/mixed/net/${file}`, 'latin1');
  return text
    .trimEnd()
    .split('\n')
    .slice(1, 40)
    .map((line) => Buffer.from(`${line}\n`, 'latin1'));
}

function ofRows(name: string, format: RowFormat): Target {
  const row = new SocketRow();
  return {
    name: `a row of ${name}`,
    seeds: linesOf(name),
    run: (input) => {
      if (!decodeRow(row, format, input, 0, input.length)) return;
      holdsRow(row);
      holdsWhole(
        'columns of the owner',
        ownerColumns(format, input, 0, input.length),
        input.length,
      );
    },
  };
}

const SEQUENCE = 7;
const [HEADER, FIXED] = [16, 72];

/** A message of `inet_diag` with some attributes, as the kernel sends it. */
function diagMessage(
  family: number,
  state: number,
  attributes: readonly (readonly [number, number])[],
): Buffer {
  const lengths = attributes.map(([, length]) => 4 + ((length + 3) & ~3));
  const size = HEADER + FIXED + lengths.reduce((sum, length) => sum + length, 0);
  const message = Buffer.alloc(size);
  message.writeUInt32LE(size, 0);
  message.writeUInt16LE(20, 4);
  message.writeUInt16LE(2, 6);
  message.writeUInt32LE(SEQUENCE, 8);
  message.set([family, state, 3, 0, 0x9c, 0x40, 0x14, 0x38, 10, 1, 2, 3], HEADER);
  let at = HEADER + FIXED;
  for (const [index, [type, length]] of attributes.entries()) {
    message.writeUInt16LE(4 + length, at);
    message.writeUInt16LE(type, at + 2);
    at += lengths[index] ?? 0;
  }
  return message;
}

function done(status: number): Buffer {
  const message = Buffer.alloc(HEADER + 4);
  message.writeUInt32LE(HEADER + 4, 0);
  message.writeUInt16LE(3, 4);
  message.writeUInt16LE(2, 6);
  message.writeUInt32LE(SEQUENCE, 8);
  message.writeInt32LE(status, HEADER);
  return message;
}

const DATAGRAMS: readonly Buffer[] = [
  Buffer.concat([diagMessage(2, 1, [[2, 232]]), diagMessage(10, 6, []), done(0)]),
  Buffer.concat([
    diagMessage(10, 10, [
      [11, 1],
      [22, 2],
    ]),
    done(-2),
  ]),
  diagMessage(2, 6, [[22, 2]]),
];

function holdsBits(...bits: readonly unknown[]): void {
  const odd = bits.find((bit) => bit !== undefined && typeof bit !== 'boolean');
  if (odd !== undefined) throw new Broken('a bit is no bit');
}

const diagRow = new SocketRow();
const rare = new DiagRareFields();

const netlink: Target = {
  name: 'a datagram of netlink',
  seeds: DATAGRAMS,
  allowed: [KernelError],
  run: (input) => {
    withCursor((cursor) => {
      cursor.bytes.set(input.subarray(0, CURSOR_BYTES));
      const answer = new Answer('fuzz', SEQUENCE, cursor);
      answer.readDatagram(input.length, (message) => {
        if (message.end > input.length) throw new Broken(`a message ends at ${message.end}`);
        if (!decodeDiagRow(diagRow, message)) return;
        holdsRow(diagRow);
        rare.message = message;
        holdsWhole('uid', rare.uid, 0xffffffff);
        holdsWhole('inode', rare.inode, 0xffffffff);
        const { accepted, timestamps } = decodeDetails(message);
        holdsBits(rare.v6Only, rare.bindAddressNoPort, accepted, timestamps);
      });
    });
  },
};

function cgroupFiles(): readonly Buffer[] {
  const all = readdirSync(`${FIXTURES}/pods`, { recursive: true, encoding: 'utf8' });
  const files = all.filter((path) => path.endsWith('cgroup'));
  return files.map((path) => readFileSync(`${FIXTURES}/pods/${path}`));
}

const cgroup: Target = {
  name: 'cgroup',
  seeds: cgroupFiles(),
  run: (input) => {
    const { podUid, containerId } = parseCgroup(input.toString('latin1'));
    if (!/^(?:[-0-9a-f]{36}|[0-9a-f]{32}|)$/.test(podUid)) throw new Broken(`pod ${podUid}`);
    if (!/^(?:[0-9a-f]{64}|)$/.test(containerId)) throw new Broken(`container ${containerId}`);
  },
};

export const KERNEL_TARGETS: readonly Target[] = [
  ofRows('tcp', IPV4_ROWS),
  ofRows('tcp6', IPV6_ROWS),
  netlink,
  cgroup,
];
