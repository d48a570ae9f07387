import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';

/** Source ports of raw clients: below any scenario's range, each used once. */
let sourcePort = 30_000;

/** A client that says what a test tells it, and reads only when told. */
export class RawClient {
  readonly socket: Socket;
  received = '';

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.pause();
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    // The end of the connection is what tests look at, not how it ended.
    socket.on('error', () => undefined);
  }

  /** Resolves when connected to `port` of loopback. */
  static async connect(port: number, from = '127.0.0.1'): Promise<RawClient> {
    sourcePort += 1;
    const where = { host: '127.0.0.1', port, localAddress: from, localPort: sourcePort };
    const socket = createConnection({ ...where, allowHalfOpen: true });
    const client = new RawClient(socket);
    await once(socket, 'connect');
    socket.pause();
    return client;
  }

  send(text: string): void {
    this.socket.write(text);
  }

  read(): void {
    this.socket.resume();
  }

  /** Whether the server has ended the connection within this time; reads what comes until then. */
  async isEndedWithin(milliseconds: number): Promise<boolean> {
    this.read();
    const { socket } = this;
    if (socket.readableEnded || socket.destroyed) return true;
    const ended = Promise.race([once(socket, 'end'), once(socket, 'close')]).then(() => true);
    const late = new Promise<boolean>((resolve) => setTimeout(resolve, milliseconds, false));
    return Promise.race([ended, late]);
  }

  close(): void {
    this.socket.destroy();
  }
}
