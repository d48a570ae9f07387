import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { Network } from '../../deploy/demo/lab/network.ts';
import { setNetwork } from '../../deploy/demo/lab/syscalls.ts';

const OWN_NAMESPACE = '/proc/thread-self/ns/net';

/** Runs `ip` with these arguments in the namespace that this thread is in. Throws where it fails. */
export function ip(...args: readonly string[]): void {
  const { status, stderr, error } = spawnSync('ip', args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`, { cause: error });
}

/**
 * Another host: a network namespace at the other end of a veth pair, with addresses of one /24. Each connection there has
 * its other end in another namespace, as on a real host.
 */
export class Peer {
  readonly #home: number;
  readonly #there: number;
  readonly #network: Network;

  private constructor(home: number, there: number, network: Network) {
    this.#home = home;
    this.#there = there;
    this.#network = network;
  }

  /** Gives this namespace `address` on a new device, and a peer with the addresses of `peers` behind it. */
  static connect(address: string, peers: readonly string[], device = 'veth0'): Peer {
    const home = openSync(OWN_NAMESPACE, 'r');
    const network = Network.enter();
    const there = openSync(OWN_NAMESPACE, 'r');
    setNetwork(home);
    const path = `/proc/${process.pid}/fd/${there}`;
    ip('link', 'add', device, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', path);
    ip('address', 'add', `${address}/24`, 'dev', device);
    ip('link', 'set', device, 'up');
    const peer = new Peer(home, there, network);
    peer.inside(() => {
      for (const text of peers) ip('address', 'add', `${text}/24`, 'dev', 'eth0');
      ip('link', 'set', 'eth0', 'up');
      ip('route', 'add', 'default', 'via', address);
    });
    return peer;
  }

  /** Calls `body` with this thread in the peer's namespace; the sockets that it opens stay there. */
  inside<T>(body: (network: Network) => T): T {
    setNetwork(this.#there);
    try {
      return body(this.#network);
    } finally {
      setNetwork(this.#home);
    }
  }

  /** Closes what was opened there; its namespace ends. */
  dispose(): void {
    this.#network.dispose();
    closeSync(this.#there);
    closeSync(this.#home);
  }
}
