import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';
import { Churn, ORDERS } from '../support/churn.ts';
import type { Host, Resident } from '../support/host.ts';
import { HAS_REUSE_DELAY } from '../support/kernel-version.ts';
import type { Random } from '../support/random.ts';

export const TARGETS: readonly [Target, Target, Target] = [
  { to: '127.0.0.1', port: 80 },
  { to: '127.0.0.1', port: 81 },
  { to: '127.0.0.1', port: 82 },
];
const LOW = 40_000;
const USERS = [1001, 1002, 1003] as const;
/** A delay after which a TIME_WAIT may be taken over that no namespace lives to see, and one that is over at once. */
const REUSE_DELAYS_MS = [50_000, 1] as const;
const MOST_UDP = 25;

/**
 * How a namespace behaves: with plain clients; with programs that bind before they connect too; or for the whole run, its
 * clients never the first to close, so that it can be asked how many ports are left without a trace.
 */
export type Kind = 'plain' | 'binders' | 'lasting';

/** A namespace of the host, in which this process opens and closes sockets at random. */
export class Tenant {
  readonly kind: Kind;
  readonly resident: Resident;
  readonly network: Network;
  readonly netns: string;
  readonly bornMs = performance.now();
  /** Whether its sockets are left alone, while the kernel is asked. */
  isPaused = false;
  readonly #random: Random;
  readonly #churn: Churn;
  readonly #udp: number[] = [];
  readonly #bound: number[] = [];

  private constructor(resident: Resident, kind: Kind, random: Random) {
    this.resident = resident;
    this.netns = resident.netns;
    this.kind = kind;
    this.#random = random;
    const [network, listeners] = resident.inside((inside) => [inside, prepare(inside, random)]);
    this.network = network;
    this.#churn = new Churn(network, random, listeners, USERS);
  }

  static async begin(host: Host, kind: Kind, random: Random): Promise<Tenant> {
    return new Tenant(await host.namespace(), kind, random);
  }

  /** Opens and closes a few sockets. */
  step(): void {
    if (this.isPaused) return;
    this.resident.inside(() => {
      const random = this.#random;
      this.#churn.open(random.pick(TARGETS), random.below(9));
      const clientFirst = (): boolean => this.kind !== 'lasting' && random.oneIn(4);
      this.#churn.close(random.below(9), random.pick(ORDERS), clientFirst);
      if (this.kind === 'binders') this.#bind();
      this.#changeUdp();
    });
  }

  /** Closes all sockets and ends its process: the namespace is gone. */
  async end(host: Host): Promise<void> {
    this.isPaused = true;
    this.network.dispose();
    await host.end(this.resident);
  }

  #bind(): void {
    const random = this.#random;
    if (this.#bound.length > 10) this.network.close(this.#bound.shift() ?? -1);
    const open = (): void => {
      const target = random.pick(TARGETS);
      this.#bound.push(this.network.connectBound(target, '127.0.0.1', 0, random.oneIn(2)));
    };
    if (random.oneIn(2)) unlessFull(open);
  }

  #changeUdp(): void {
    const random = this.#random;
    const most = random.below(MOST_UDP);
    while (this.#udp.length > most) this.network.close(this.#udp.shift() ?? -1);
    random.times(4, () => {
      unlessFull(() => {
        const address = random.pick(['127.0.0.1', '0.0.0.0', '::']);
        const isBound = address !== '127.0.0.1' || random.oneIn(2);
        this.#udp.push(
          isBound ? this.network.bindUdp(address, 0) : this.network.connectUdp(address, 9999),
        );
      });
    });
  }
}

/** Range, settings, and sockets that stay for as long as the namespace: listeners, and one that is bound and idle. */
function prepare(network: Network, random: Random): ReadonlyMap<number, number> {
  network.range(LOW, LOW + random.pick([99, 199, 299]));
  const delayMs = random.pick(REUSE_DELAYS_MS);
  network.sysctl({
    'ipv4.tcp_tw_reuse': random.below(3),
    ...(HAS_REUSE_DELAY && { 'ipv4.tcp_tw_reuse_delay': delayMs }),
    'ipv4.ip_local_reserved_ports': random.oneIn(2) ? `${LOW + 10}-${LOW + 14}` : '',
  });
  for (const port of [LOW + 3, LOW + 50]) network.listen('127.0.0.9', port);
  network.bindTcp('127.0.0.1', LOW + 61);
  return new Map(TARGETS.map(({ to, port }) => [port, network.listen(to, port)]));
}

/** The ranges are small: that none is left is part of the story. */
function unlessFull(open: () => void): void {
  try {
    open();
  } catch (error) {
    const isFull =
      error instanceof SyscallError &&
      ['EADDRINUSE', 'EADDRNOTAVAIL', 'EAGAIN'].includes(error.errno);
    if (!isFull) throw error;
  }
}
