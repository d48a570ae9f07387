import type { Socket } from 'node:net';

/** Time for the first byte, in milliseconds. Chosen, like that of a handshake. */
const FIRST_BYTE_MS = 10_000;

/** The first byte of a TLS connection: a record of the handshake (RFC 8446, section 5.1). */
const TLS_HANDSHAKE = 0x16;

/**
 * Whether a connection speaks something else than TLS. Only those of this host are asked, which the network does not
 * carry; all others speak TLS, or nothing. So a kubelet, and a health check without a TLS library, reach the two probes.
 */
export async function isPlain(socket: Socket): Promise<boolean> {
  if (!isOfThisHost(socket)) return false;
  await firstByte(socket);
  const first = socket.read(1) as Buffer | null;
  if (first === null) return false;
  socket.unshift(first);
  return first[0] !== TLS_HANDSHAKE;
}

/** Loopback, or from an address of this host to itself: the kernel drops such packets when the network brings them. */
function isOfThisHost({ remoteAddress = '', localAddress }: Socket): boolean {
  const isLoopback = remoteAddress === '::1' || /^(?:::ffff:)?127\./i.test(remoteAddress);
  return isLoopback || remoteAddress === localAddress;
}

/** Resolves when there is a byte to read, or when there never will be. */
function firstByte(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), FIRST_BYTE_MS).unref();
    const settle = (): void => {
      clearTimeout(timer);
      for (const event of EVENTS) socket.off(event, settle);
      resolve();
    };
    for (const event of EVENTS) socket.once(event, settle);
  });
}

const EVENTS = ['readable', 'end', 'error', 'close'] as const;
