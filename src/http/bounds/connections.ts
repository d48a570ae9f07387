import type { Socket } from 'node:net';
import { clientOf } from './client-address.ts';

/** Connections in all. Chosen: with TLS, each of them with a request, they take some 30 MB. */
const MAX_CONNECTIONS = 256;

/** Connections of one client, so that no client alone keeps Prometheus out. */
const MAX_PER_CLIENT = 64;

/** Counts the connections, those in the middle of a TLS handshake too, and refuses those beyond the bounds. */
export class Connections {
  readonly #byClient = new Map<string, number>();
  readonly #open = new Set<Socket>();

  /** Whether there is room for a connection; it is counted until it is closed. */
  admit(socket: Socket): boolean {
    const client = clientOf(socket.remoteAddress);
    const ofClient = this.#byClient.get(client) ?? 0;
    if (this.#open.size >= MAX_CONNECTIONS || ofClient >= MAX_PER_CLIENT) return false;
    this.#open.add(socket);
    this.#byClient.set(client, ofClient + 1);
    socket.once('close', () => {
      this.#open.delete(socket);
      this.#release(client);
    });
    return true;
  }

  /** Most of the room is taken: idle connections should go. */
  get isCrowded(): boolean {
    return this.#open.size > (MAX_CONNECTIONS * 3) / 4;
  }

  #release(client: string): void {
    const left = (this.#byClient.get(client) ?? 1) - 1;
    if (left === 0) this.#byClient.delete(client);
    else this.#byClient.set(client, left);
  }
}
