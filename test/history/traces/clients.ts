import type { Connection, Network, Target } from '../../../deploy/demo/lab/network.ts';

/** What real clients do, second by second, in a namespace with a range of 1,000 ports. */

export const TARGET: Target = { to: '10.1.2.3', port: 80 };
export const RANGE = { low: 40_000, high: 40_999 };
export const SECONDS = 300;

/** A client's connections. */
export class Client {
  readonly #network: Network;
  readonly #listener: number;
  readonly #open: Connection[] = [];

  constructor(network: Network, listener: number) {
    this.#network = network;
    this.#listener = listener;
  }

  /** Opens or closes connections until `count` are open; the server closes first, so no port waits. */
  hold(count: number): void {
    const more = count - this.#open.length;
    if (more > 0) this.#open.push(...this.#network.connections(more, TARGET, this.#listener));
    for (const { server, client } of this.#open.splice(count)) this.#network.close(server, client);
  }

  /** Opens and closes `count` connections, the client first: each leaves a TIME_WAIT. */
  churn(count: number): void {
    const connections = this.#network.connections(count, TARGET, this.#listener);
    for (const { client } of connections) this.#network.close(client);
    for (const { server } of connections) this.#network.close(server);
  }
}

/** What each client does in its second `t`. */
export const CLIENTS: Readonly<Record<string, (client: Client, t: number) => void>> = {
  'steady-churn': (client) => {
    client.hold(20);
    client.churn(6);
  },
  'sawtooth-45s': (client, t) => {
    client.hold(100 + 10 * (t % 45));
  },
  'sawtooth-60s': (client, t) => {
    client.hold(50 + 8 * (t % 60));
  },
  'warm-up': (client, t) => {
    client.hold(Math.min(100, 2 * t + 1));
  },
  batch: (client, t) => {
    client.hold(t >= 90 && t < 210 ? 350 : 20);
  },
  'linear-climb': (client, t) => {
    client.hold(3 * t + 3);
  },
  'leak-beside-churn': (client, t) => {
    client.hold(2 * t + 2);
    client.churn(3);
  },
  'accelerating-climb': (client, t) => {
    client.hold(Math.floor(5 + 0.0107 * t * t));
  },
  staircase: (client, t) => {
    client.hold(20 + 95 * Math.floor(t / 30));
  },
  plateau: (client, t) => {
    client.hold(Math.min(600, 5 + 4 * t));
  },
};
