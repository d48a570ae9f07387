import type { PortSocket } from '../scan/port-sockets.ts';
import type { PortReading } from '../scan/port-search.ts';
import type { Began } from '../scan/port-watch.ts';

/** Ports that are remembered, and sockets of each. Chosen: more than a person asks about; some 3 MB at most. */
const [MAX_PORTS, MAX_SOCKETS] = [128, 100];

interface Asked {
  readonly atSeconds: number;
  readonly sockets: ReadonlyMap<string, Began>;
}

/**
 * Remembers what questions about local ports found, so that the next question about the same port knows which sockets had it
 * then. It costs nothing while nobody asks.
 */
export class AskedPorts {
  /** In the order in which they were asked about; the last one is asked about last. */
  readonly #asked = new Map<string, Asked>();

  /** Takes over what a question has found at `nowSeconds`, Unix time; returns since when each socket was found. */
  update(
    port: number,
    reading: PortReading,
    nowSeconds: number,
  ): (socket: PortSocket) => Began | undefined {
    const { netns, nsInode } = reading.identity;
    const key = `${netns} ${nsInode} ${port}`;
    const before = this.#asked.get(key);
    const now: Began = { atLatestSeconds: nowSeconds, atEarliestSeconds: before?.atSeconds };
    const sockets = new Map<string, Began>();
    for (const socket of reading.sockets.slice(0, MAX_SOCKETS)) {
      const name = nameOf(socket);
      sockets.set(name, before?.sockets.get(name) ?? now);
    }
    this.#asked.delete(key);
    this.#asked.set(key, { atSeconds: nowSeconds, sockets });
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MAX_PORTS && oldest !== undefined) this.#asked.delete(oldest);
    return (socket) => sockets.get(nameOf(socket));
  }
}

/** Another file has another inode; a TIME_WAIT has none, and is no socket any more. */
function nameOf({ protocol, localAddress, remoteAddress, remotePort, inode }: PortSocket): string {
  return `${protocol} ${localAddress} ${remoteAddress} ${remotePort} ${inode}`;
}
