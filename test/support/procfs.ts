import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n';

/** Writes a folder that looks like a procfs; what is not given is as on a fresh host. */
export function writeProcfs(files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'epe-procfs-'));
  const defaults = {
    'net/tcp': HEADER,
    'net/udp': HEADER,
    'net/sockstat': 'TCP: inuse 0 orphan 0 tw 0 alloc 0 mem 0\nUDP: inuse 0 mem 0\n',
    'sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
    'sys/net/ipv4/ip_local_reserved_ports': '\n',
    'sys/net/ipv4/tcp_tw_reuse': '2\n',
    'sys/net/ipv4/tcp_timestamps': '1\n',
  };
  for (const [path, content] of Object.entries({ ...defaults, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** A table of rows, header included. */
export function table(...rows: readonly string[]): string {
  return HEADER + rows.map((row) => `${row}\n`).join('');
}

export interface RowText {
  readonly local: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  readonly state: number;
  /** Hundredths of a second. */
  readonly remaining?: number;
}

/** One row as the kernel writes it: addresses are hexadecimal words in host order. */
export function rowText(slot: number, row: RowText): string {
  const hex = (value: number, width: number): string =>
    value.toString(16).toUpperCase().padStart(width, '0');
  const end = (address: string, port: number): string => `${address}:${hex(port, 4)}`;
  const timer = row.remaining === undefined ? '00:00000000' : `03:${hex(row.remaining, 8)}`;
  return (
    `${String(slot).padStart(4)}: ${end(row.local, row.localPort)} ${end(row.remote, row.remotePort)} ` +
    `${hex(row.state, 2)} 00000000:00000000 ${timer} 00000000     0        0 4711 1 0000000000000000 20`
  ).padEnd(row.local.length === 8 ? 149 : 0);
}

/** `127.0.0.1` as the IPv4 tables write it on a little-endian machine. */
export function hexIpv4(address: string): string {
  return address
    .split('.')
    .toReversed()
    .map((byte) => Number(byte).toString(16).toUpperCase().padStart(2, '0'))
    .join('');
}
