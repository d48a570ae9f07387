import { createServer, type Server, type Socket } from 'node:net';
import { formatListenAddress, type ListenAddress, ListenError } from './listen-address.ts';
import { explainPortInUse } from './port-owner.ts';
import { systemdSockets } from './systemd-sockets.ts';

export interface ListenersOptions {
  /** Where to listen: on these addresses, or on the sockets that systemd has opened. */
  readonly addresses: readonly ListenAddress[] | 'systemd';
  /** Takes each connection, whichever address it came to. */
  readonly accept: (socket: Socket) => void;
  /** Where procfs is mounted: to explain a port that is in use. */
  readonly procfs: string;
}

/** Accepts connections on all addresses alike. */
export class Listeners {
  readonly #options: ListenersOptions;
  readonly #servers: Server[] = [];

  constructor(options: ListenersOptions) {
    this.#options = options;
  }

  /** Throws `ListenError`, which says who uses a port that is in use; then it listens on none of them. */
  async listen(): Promise<void> {
    const { addresses } = this.#options;
    try {
      if (addresses === 'systemd') await this.#listenOnSystemdSockets();
      else for (const address of addresses) await this.#listenOn(address);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Stops to accept; what was accepted goes on. */
  close(): Promise<unknown> {
    return Promise.all(
      this.#servers.map((server) => new Promise((closed) => server.close(closed))),
    );
  }

  async #listenOnSystemdSockets(): Promise<void> {
    for (const fd of systemdSockets()) await listening(this.#newServer(), { fd });
  }

  async #listenOn(address: ListenAddress): Promise<void> {
    const { host, port } = address;
    try {
      // Without a host Node.js listens on all addresses of both families, or of IPv4 where there is no other.
      await listening(this.#newServer(), { port, ...(host === undefined ? {} : { host }) });
    } catch (error) {
      throw new ListenError(
        `--web.listen-address=${formatListenAddress(address)}: ${this.#explain(error, port)}`,
        { cause: error },
      );
    }
  }

  #newServer(): Server {
    const { accept } = this.#options;
    // As node:http has it: http ends a connection in its own way when the client has ended its half.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    this.#servers.push(server);
    return server;
  }

  #explain(error: unknown, port: number): string {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    return inUse
      ? `the port is in use: ${explainPortInUse(this.#options.procfs, port)}`
      : String(error);
  }
}

type Where = { readonly fd: number } | { readonly port: number; readonly host?: string };

function listening(server: Server, where: Where): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(where, resolve);
  });
}
