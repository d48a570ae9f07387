import { fileURLToPath } from 'node:url';

/** Runs a program that may not make netlink sockets, as under a container's or unit's system call filter. */

/**
 * A wrapper: sets a seccomp filter that answers `socket(AF_NETLINK, …)` with EAFNOSUPPORT, then becomes
 * the command. The filter is classic BPF over `struct seccomp_data`: number, architecture, arguments.
 */
const WRAPPER = `
import { createRequire } from 'node:module';
const koffi = createRequire(process.argv[1])('koffi');
const libc = koffi.load(null);
koffi.struct('sock_fprog', { length: 'uint16_t', filter: 'uint8_t *' });
const [SET_SECCOMP, NO_NEW_PRIVS, FILTER, AF_NETLINK, EAFNOSUPPORT] = [22, 38, 2, 16, 97];
const SOCKET = process.arch === 'x64' ? 41 : 198;
const [LOAD, EQUAL, RETURN] = [0x20, 0x15, 0x06];
const program = [
  [LOAD, 0, 0, 0],
  [EQUAL, 0, 3, SOCKET],
  [LOAD, 0, 0, 16],
  [EQUAL, 0, 1, AF_NETLINK],
  [RETURN, 0, 0, 0x50000 + EAFNOSUPPORT],
  [RETURN, 0, 0, 0x7fff0000],
];
const filter = Buffer.alloc(8 * program.length);
program.forEach(([code, yes, no, value], index) => {
  new Uint16Array(filter.buffer, filter.byteOffset + 8 * index, 1)[0] = code;
  filter.set([yes, no], 8 * index + 2);
  new Uint32Array(filter.buffer, filter.byteOffset + 8 * index + 4, 1)[0] = value;
});
libc.func('int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)')(NO_NEW_PRIVS, 1, 0, 0, 0);
const set = libc.func('int prctl(int, unsigned long, sock_fprog *, unsigned long, unsigned long)');
if (set(SET_SECCOMP, FILTER, { length: program.length, filter }, 0, 0) !== 0) process.exit(99);
// Node.js closes its standard streams when it becomes another program.
const fcntl = libc.func('int fcntl(int, int, int)');
const [SET_FLAGS, NONE] = [2, 0];
for (const stream of [0, 1, 2]) fcntl(stream, SET_FLAGS, NONE);
const command = process.argv.slice(2);
libc.func('int execv(const char *, const char **)')(command[0], [...command, null]);
process.exit(98);
`;

const HERE = fileURLToPath(import.meta.url);

/** The command line that runs `command` without netlink. */
export function withoutNetlink(...command: readonly string[]): readonly string[] {
  const options = ['--input-type=module', '--eval', WRAPPER];
  return [process.execPath, ...options, HERE, ...command];
}
