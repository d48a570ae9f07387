import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What a made-up host holds: so many namespaces, each with so many connections to an endpoint each. */
export interface Crowd {
  readonly namespaces: number;
  readonly endpoints: number;
}

/** Connections that share a local address, as those of a pod do, in whatever namespace they are. */
const PER_ADDRESS = 1000;

const RANGE = { low: 32_768, high: 60_999 };
const HTTPS = 443;

/**
 * A procfs of files, in which process 1, 2, 3… is in a namespace of its own; it is that of the exporter
 * itself, too, in which process 1 is. There is no kernel that must walk its sockets to make these tables, so
 * that what a poll costs is the exporter's alone. Two hosts with as many connections in all have the same.
 */
export class ProcTree {
  readonly path = mkdtempSync(join(tmpdir(), 'ephemeral-ports-bench-'));

  constructor({ namespaces, endpoints }: Crowd) {
    for (let pid = 1; pid <= namespaces; pid += 1) {
      this.#writeProcess(pid);
      this.#writeTables(`${pid}/net`, endpoints, (pid - 1) * endpoints);
    }
    symlinkSync('1', join(this.path, 'self'));
    symlinkSync('self/net', join(this.path, 'net'));
    this.#writeSettings();
  }

  /** The procfs `net` directory of each namespace of `crowd`. */
  static directories(path: string, { namespaces }: Crowd): string[] {
    return Array.from({ length: namespaces }, (_, index) => join(path, String(index + 1), 'net'));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #write(path: string, text: string): void {
    const file = join(this.path, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }

  #writeProcess(pid: number): void {
    const counters = '-1 0 0 0 0 0 0 0 0 0 0 20 0 1 0';
    this.#write(`${pid}/stat`, `${pid} (client) S 1 ${pid} ${pid} 0 ${counters} ${pid} 0 0\n`);
    this.#write(`${pid}/status`, `Name:\tclient\nTgid:\t${pid}\n`);
    this.#write(`${pid}/cgroup`, '0::/\n');
  }

  #writeTables(net: string, endpoints: number, first: number): void {
    const rows = Array.from({ length: endpoints }, (_, slot) => timeWait(slot, first + slot));
    this.#write(`${net}/tcp`, [HEADER, ...rows].map(line).join(''));
    for (const table of ['tcp6', 'udp', 'udp6']) this.#write(`${net}/${table}`, line(HEADER));
    const tcp = `TCP: inuse 0 orphan 0 tw ${endpoints} alloc 0 mem 0`;
    this.#write(`${net}/sockstat`, `sockets: used 0\n${tcp}\nUDP: inuse 0 mem 0\n`);
    this.#write(`${net}/sockstat6`, 'TCP6: inuse 0\nUDP6: inuse 0\n');
  }

  #writeSettings(): void {
    const settings = {
      ip_local_port_range: `${RANGE.low}\t${RANGE.high}`,
      ip_local_reserved_ports: '',
      tcp_tw_reuse: '2',
      tcp_timestamps: '1',
    };
    for (const [name, value] of Object.entries(settings)) {
      this.#write(`sys/net/ipv4/${name}`, `${value}\n`);
    }
  }
}

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

/** The kernel pads each line to TMPSZ − 1 characters (`tcp4_seq_show` in net/ipv4/tcp_ipv4.c). */
function line(text: string): string {
  return `${text.padEnd(149)}\n`;
}

/** A row as `get_timewait4_sock` prints it: connection `number` of all, in line `slot` of its table. */
function timeWait(slot: number, number: number): string {
  const host = Math.floor(number / PER_ADDRESS);
  const port = RANGE.low + (number % (RANGE.high - RANGE.low + 1));
  const local = end([10, 0, host, 2], port);
  const remote = end([10, 128 + (number >> 16), number >> 8, number], HTTPS);
  const rest = '06 00000000:00000000 03:00001000 00000000     0        0 0 3 0000000000000000';
  return `${String(slot).padStart(4)}: ${local} ${remote} ${rest}`;
}

/** An address is printed as the number that its bytes are to the processor. */
function end(bytes: readonly number[], port: number): string {
  const [word = 0] = new Uint32Array(Uint8Array.from(bytes).buffer);
  return `${hex(word, 8)}:${hex(port, 4)}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
