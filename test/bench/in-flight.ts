import koffi from 'koffi';
import { check, close } from '../../deploy/demo/lab/syscalls.ts';

const libc = koffi.load(null);
koffi.struct('iovec', { base: 'const uint8_t *', length: 'size_t' });
koffi.struct('msghdr', {
  name: 'void *',
  nameLength: 'uint32_t',
  data: 'iovec *',
  dataCount: 'size_t',
  control: 'const uint8_t *',
  controlLength: 'size_t',
  flags: 'int',
});
const socketpair = libc.func('int socketpair(int, int, int, _Out_ int *)');
const sendmsg = libc.func('long sendmsg(int, const msghdr *, int)');

const [AF_UNIX, SOCK_STREAM, SOL_SOCKET, SCM_RIGHTS, MSG_DONTWAIT] = [1, 1, 1, 1, 0x40];

/** The kernel takes 253 in a message (`SCM_MAX_FD`). */
const DESCRIPTORS_PER_MESSAGE = 250;

/** `struct cmsghdr` of a 64-bit kernel: length, level and type. */
const HEADER_BYTES = 16;

/**
 * Takes the sockets out of this process's open files, and leaves them open: they are sent to a socket that nobody reads
 * from (`SCM_RIGHTS`, unix(7)). They end with this process. As root, or as many as RLIMIT_NOFILE allows.
 */
export function putInFlight(sockets: readonly number[]): void {
  const pair = [0, 0];
  check('socketpair', socketpair(AF_UNIX, SOCK_STREAM, 0, pair) as number);
  for (let first = 0; first < sockets.length; first += DESCRIPTORS_PER_MESSAGE) {
    const some = sockets.slice(first, first + DESCRIPTORS_PER_MESSAGE);
    check('sendmsg', sendmsg(pair[0], messageWith(some), MSG_DONTWAIT) as number);
    some.forEach(close);
  }
}

/** One byte, and the descriptors beside it. */
function messageWith(descriptors: readonly number[]): object {
  const control = Buffer.alloc(HEADER_BYTES + 4 * descriptors.length);
  control.writeBigUInt64LE(BigInt(control.length), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  descriptors.forEach((fd, index) => control.writeInt32LE(fd, HEADER_BYTES + 4 * index));
  return {
    name: null,
    nameLength: 0,
    data: [{ base: Buffer.from('.'), length: 1 }],
    dataCount: 1,
    control,
    controlLength: control.length,
    flags: 0,
  };
}
