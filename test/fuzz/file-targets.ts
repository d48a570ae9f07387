import { cpSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { KernelFileError } from '../../src/kernel/proc/kernel-file.ts';
import { hasCapability } from '../../src/kernel/proc/capability.ts';
import { readTimeWaitOverflows } from '../../src/kernel/proc/net/net-netstat.ts';
import { readSctpSockets } from '../../src/kernel/proc/net/net-protocols.ts';
import { readSctp } from '../../src/kernel/proc/net/net-sctp.ts';
import { readSocketCounts } from '../../src/kernel/proc/net/net-sockstat.ts';
import { isProcess, readBirth, readLastPid } from '../../src/kernel/proc/pid.ts';
import { ProcSource } from '../../src/kernel/proc/proc-source.ts';
import { readPortSettings } from '../../src/kernel/proc/sysctl.ts';
import type { SocketRow } from '../../src/kernel/socket-row.ts';
import { Broken, holdsWhole, type Target } from './target.ts';

/** Parsers that read files of procfs: each input is such a file, in a file system in memory. */

const PROCFS = mkdtempSync(join(process.env['FUZZ_FOLDER'] ?? tmpdir(), 'procfs-'));
const NET = join(PROCFS, 'net');
const SYS = join(PROCFS, 'sys/net');
export const FUZZ_FOLDER = PROCFS;

const MAX = Number.MAX_SAFE_INTEGER;

/** The files of a real host around the one that is made up. */
function prepare(): void {
  cpSync('test/fixtures/mixed', PROCFS, { recursive: true });
  mkdirSync(join(PROCFS, 'net/sctp'));
  mkdirSync(join(PROCFS, '7'));
  symlinkSync(String(process.pid), join(PROCFS, 'self'));
  for (const [name, text] of Object.entries(EXAMPLES)) writeFileSync(join(PROCFS, name), text);
}

const EXAMPLES = {
  'net/sctp/eps': ` ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS
ffff8881 ffff8882 2   10  12   7777     0 12345 10.1.2.3 127.0.0.1
`,
  'net/sctp/assocs': ` ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS HBINT INS OUTS MAXRT T1X T2X RTXC wmema wmemq sndbuf rcvbuf
ffff8883 ffff8884 0   1   3  0    1       0        0     0 1234  40001  7777  10.1.2.3 <-> *10.1.2.4 	   30000    10    10   10    0    0        0        1        0   212992   212992
`,
  'net/protocols': `protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re bi br ha uh gp em
SCTPv6    1496      2       1   no       0   yes  sctp        y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  n  n  n
SCTP      1352      3       1   no       0   yes  sctp        y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  n  n  n
TCP       2312     11      13   no     320   yes  kernel      y  y  y  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y
`,
  '7/stat': `7 (a (b) c) S 1 7 7 0 -1 4194560 100 0 0 0 1 2 0 0 20 0 11 0 123456 1000000 500 18446744073709551615 1 1 0 0 0 0 0 4096 17642 0 0 0 17 1 0 0 0 0 0
`,
  '7/status':
    'Name:\tnode\nTgid:\t7\nNgid:\t0\nPid:\t7\nCapPrm:\t0000000000000000\nCapEff:\t0000000000280000\n',
  loadavg: '0.20 0.18 0.12 1/80 11206\n',
};

/** A parser of one file, `path` in procfs. */
function ofFile(path: string, parse: () => void): Target {
  const file = join(PROCFS, path);
  mkdirSync(dirname(file), { recursive: true });
  return {
    name: path,
    seeds: [readFileSync(file)],
    allowed: [KernelFileError],
    run: (input) => {
      writeFileSync(file, input);
      parse();
    },
  };
}

export function holdsRow({ localPort, remotePort, remainingMs, state }: SocketRow): void {
  holdsWhole('local port', localPort, 65_535);
  holdsWhole('remote port', remotePort, 65_535);
  holdsWhole('remaining time', remainingMs, 10 * 0xffffffff);
  if (state < 1 || state > 12) throw new Broken(`state is ${state}`);
}

const source = new ProcSource(NET);

function holdsTable(read: 'readTcp' | 'readUdp'): void {
  let visited = 0;
  const { rows, malformedRows } = source[read]((row) => {
    visited += 1;
    holdsRow(row);
    // No more: columns that only some rows are asked for are not looked at in each.
    const { uid = 0, inode } = row;
    if (!(uid >= 0 && inode >= 0)) throw new Broken(`uid ${uid}, inode ${inode}`);
  });
  holdsWhole('rows', rows, MAX);
  holdsWhole('malformed rows', malformedRows, MAX);
  if (visited !== rows) throw new Broken(`${rows} rows, ${visited} of them visited`);
}

function holdsSettings(): void {
  const { range, reserved, timeWaitReuse, timeWaitReuseDelayMs } = readPortSettings(SYS);
  for (const { low, high } of [range, ...reserved]) {
    holdsWhole('low', low, high);
    holdsWhole('high', high, 65_535);
  }
  holdsWhole('tcp_tw_reuse', timeWaitReuse, MAX);
  holdsWhole('tcp_tw_reuse_delay', timeWaitReuseDelayMs, MAX);
}

function holdsSctp(): void {
  const reading = readSctp(NET, (port) => {
    holdsWhole('port', port, 65_535);
  });
  holdsWhole('rows', reading?.rows, MAX);
}

/** Numbers in sockstat are the kernel's words for counts; where the words are others, the answer is 0. */
function holdsCounts(): void {
  const { tcpInUse, timeWait, udpInUse } = readSocketCounts(NET);
  for (const count of [tcpInUse, timeWait, udpInUse]) {
    if (!(count >= 0 && count <= 2 * MAX)) throw new Broken(`${count} sockets`);
  }
}

/** Up to 20 digits, of which a number has the first 15 exactly. */
function holdsOverflows(): void {
  const overflows = readTimeWaitOverflows(NET) ?? 0;
  if (!(overflows >= 0 && overflows <= 1e20)) throw new Broken(`overflows are ${overflows}`);
}

function holdsBirth(): void {
  holdsWhole('start time', readBirth(PROCFS, 7)?.startTicks, MAX);
}

prepare();

export const FILE_TARGETS: readonly Target[] = [
  ...['tcp', 'tcp6'].map((name) =>
    ofFile(`net/${name}`, () => {
      holdsTable('readTcp');
    }),
  ),
  ...['udp', 'udp6'].map((name) =>
    ofFile(`net/${name}`, () => {
      holdsTable('readUdp');
    }),
  ),
  ...['eps', 'assocs'].map((name) => ofFile(`net/sctp/${name}`, holdsSctp)),
  ofFile('net/protocols', () => {
    holdsWhole('sockets', readSctpSockets(NET), MAX);
  }),
  ...['sockstat', 'sockstat6'].map((name) => ofFile(`net/${name}`, holdsCounts)),
  ofFile('net/netstat', holdsOverflows),
  ...['ip_local_port_range', 'ip_local_reserved_ports', 'tcp_tw_reuse', 'tcp_tw_reuse_delay'].map(
    (name) => ofFile(`sys/net/ipv4/${name}`, holdsSettings),
  ),
  ofFile('sys/net/ipv4/tcp_timestamps', holdsSettings),
  ofFile('sys/net/ipv6/bindv6only', holdsSettings),
  ofFile('7/stat', holdsBirth),
  ofFile('7/status', () => {
    isProcess(PROCFS, 7);
    hasCapability(join(PROCFS), 21);
  }),
  ofFile('loadavg', () => {
    holdsWhole('last pid', readLastPid(PROCFS), MAX);
  }),
];
