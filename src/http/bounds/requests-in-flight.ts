import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests of one connection that wait for their answers. Node.js reads as many as the client sends, before the first is
 * answered. No scraper and no browser sends more than one; chosen so that a library that does gets through.
 */
const MAX_PER_CONNECTION = 8;

/** Time in milliseconds for all answers of a connection to be taken: the longest scrape timeout that is usual. */
const ANSWER_MS = 60_000;

interface Connection {
  readonly waiting: Set<ServerResponse>;
  deadline: NodeJS.Timeout | undefined;
  /** To be ended when nothing waits any more. */
  isEnding: boolean;
}

/** The requests that are not answered yet, by connection; cuts connections that ask for more than they read. */
export class RequestsInFlight {
  readonly #connections = new Map<Socket, Connection>();

  /** Begins to follow a connection. */
  connected(socket: Socket): void {
    this.#connections.set(socket, { waiting: new Set(), deadline: undefined, isEnding: false });
    socket.once('close', () => {
      this.#closed(socket);
    });
  }

  /** Whether the request is to be answered; where not, its connection is cut. */
  begin({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#connections.get(socket);
    if (connection === undefined || socket.destroyed) return false;
    const { waiting } = connection;
    if (waiting.size >= MAX_PER_CONNECTION) {
      socket.destroy();
      return false;
    }
    connection.deadline ??= setTimeout(() => socket.destroy(), ANSWER_MS).unref();
    waiting.add(response);
    response.once('close', () => {
      waiting.delete(response);
      if (waiting.size === 0) this.#answered(socket, connection);
    });
    return true;
  }

  /** Ends the connections that wait for nothing, and each of the others that there are after its last answer. */
  endConnections(): void {
    for (const [socket, connection] of this.#connections) {
      connection.isEnding = true;
      if (connection.waiting.size === 0) socket.destroySoon();
    }
  }

  #answered(socket: Socket, connection: Connection): void {
    clearTimeout(connection.deadline);
    connection.deadline = undefined;
    // Not destroy(): what is written may not have left yet.
    if (connection.isEnding) socket.destroySoon();
  }

  /** Node.js tells only the answer that is being sent that the connection is gone, not those that come after it. */
  #closed(socket: Socket): void {
    const connection = this.#connections.get(socket);
    this.#connections.delete(socket);
    clearTimeout(connection?.deadline);
    for (const response of connection?.waiting ?? []) {
      if (response.socket === null) response.emit('close');
    }
  }
}
