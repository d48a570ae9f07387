import { SHOWS_IDLE } from './kernel-version.ts';
import type { Network, Target } from '../../deploy/demo/lab/network.ts';
import type { Random } from './random.ts';
import { letReuseBegin, REUSE_DELAYS_MS, reuseDelay } from './scenario.ts';
import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';

/** How a connection of a mixture ends. */
type Ending = 'open' | 'time_wait' | 'fin_wait2' | 'close_wait' | 'server_first';

const ENDINGS = [
  'open',
  'open',
  'open',
  'time_wait',
  'time_wait',
  'fin_wait2',
  'close_wait',
  'server_first',
] as const;
const OWN = '10.1.2.3';
const OWN_IPV6 = 'fd00::7';
const SERVED = ['127.0.0.1', '127.0.0.2', OWN, '::1', OWN_IPV6] as const;
const IDLE = ['127.0.0.1', '0.0.0.0', '::', '::1'] as const;
/** An address that connect() does not choose. */
const OTHER = '127.0.0.9';
const LISTENING = ['127.0.0.1', '127.0.0.9', '0.0.0.0', '::', '::1', OWN] as const;

/** What a mixture is made of: all that /proc can show, or also what only inet_diag can. */
export type Hardness = 'plain' | 'hard';

/** A random namespace: settings, listeners, connections, UDP sockets. */
export class Mixture {
  readonly #network: Network;
  readonly #random: Random;
  readonly #low: number;
  readonly #size: number;
  readonly #bindV6Only: boolean;
  readonly #endings: (() => void)[] = [];
  readonly #hardness: Hardness;
  /** Ports of dual-stack listeners that closed. */
  readonly #abandoned = new Set<number>();

  constructor(network: Network, random: Random, hardness: Hardness = 'plain') {
    this.#network = network;
    this.#random = random;
    this.#hardness = hardness;
    this.#low = 40_000 + random.below(50);
    this.#size = 2 * (10 + random.below(50));
    this.#bindV6Only = random.oneIn(4);
  }

  /** Opens everything; returns the targets to count. */
  stage(): readonly Target[] {
    this.#configure();
    this.#openUdp();
    this.#listenInRange();
    const targets = this.#serve();
    if (this.#hardness === 'hard') this.#harden(targets);
    for (const { target, listener } of targets) {
      this.#random.times(3, () => {
        this.#connectSome(target, listener);
      });
    }
    for (const end of this.#endings) end();
    if (this.#random.oneIn(3)) this.#reserve();
    letReuseBegin();
    return targets.map(({ target }) => target);
  }

  #configure(): void {
    const random = this.#random;
    for (const address of [OWN, OWN_IPV6]) this.#network.addAddress(address);
    this.#network.range(this.#low, this.#low + this.#size - 1);
    this.#network.sysctl({
      'ipv4.tcp_tw_reuse': random.below(3),
      ...reuseDelay(random.pick(REUSE_DELAYS_MS)),
      'ipv4.tcp_timestamps': Number(!random.oneIn(4)),
      'ipv6.bindv6only': Number(this.#bindV6Only),
    });
    if (random.oneIn(2)) this.#reserve();
  }

  #reserve(): void {
    const from = this.#port();
    const ranges = [`${from}-${from + this.#random.below(8)}`, '39000-39010', String(this.#port())];
    this.#network.sysctl({ 'ipv4.ip_local_reserved_ports': ranges.join(',') });
  }

  #openUdp(): void {
    const network = this.#network;
    this.#random.times(25, () => {
      tolerate(() =>
        this.#random.pick([
          () => network.bindUdp('0.0.0.0', 0),
          () => network.bindUdp('127.0.0.1', this.#port()),
          () => network.connectUdp('127.0.0.1', 53),
          () => network.connectUdp('::1', 53),
          () => network.bindUdp('::', 0),
          () => network.bindUdp('::1', this.#port()),
        ])(),
      );
    });
  }

  /** Listeners in the range, some with inbound connections. */
  #listenInRange(): void {
    this.#random.times(5, () => {
      const address = this.#random.pick(LISTENING);
      const port = this.#port();
      tolerate(() => {
        const listener = this.#network.listen(address, port);
        const to = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address;
        this.#connectSome({ to, port }, listener);
      });
    });
  }

  #serve(): { readonly target: Target; readonly listener: number }[] {
    const count = 1 + this.#random.below(4);
    return Array.from({ length: count }, (_, index) => {
      const to = this.#random.pick(SERVED);
      const port = 80 + index;
      const from = to.startsWith('127') && this.#random.oneIn(3) ? { from: '127.0.0.5' } : {};
      const listener = this.#network.listen(to, port);
      return { target: { to, port, nonblocking: true, ...from }, listener };
    });
  }

  /**
   * Sockets that /proc cannot tell from others. None of them ends in TIME_WAIT: how those were bound
   * nobody can know who did not see them before.
   */
  #harden(targets: readonly { readonly target: Target; readonly listener: number }[]): void {
    this.#random.times(12, () => {
      const served = targets[this.#random.below(targets.length)];
      if (served === undefined) return;
      const { target, listener } = served;
      tolerate(() =>
        this.#random.pick([
          () => {
            if (SHOWS_IDLE) this.#bindIdle();
          },
          () => {
            this.#listenV6Only();
          },
          () => this.#network.connectBoundUdp('::1', this.#port(), 53),
          () => {
            this.#closeListener();
          },
          () => {
            this.#connectBound(target, listener, target.from ?? '127.0.0.1', this.#port());
          },
          () => {
            this.#connectBound(target, listener, OTHER, 0);
          },
          () => this.#network.connections(1, { ...target, device: 'lo' }, listener),
        ])(),
      );
    });
  }

  /** Not where it would hide what a dual-stack listener left: nothing shows that those rows take IPv4 too. */
  #listenV6Only(): void {
    const port = this.#port();
    if (!this.#abandoned.has(port)) this.#network.listen('::', port, { v6only: true });
  }

  #bindIdle(): void {
    this.#network.bindTcp(this.#random.pick(IDLE), this.#random.pick([0, this.#port()]));
  }

  #connectBound(target: Target, listener: number, address: string, port: number): void {
    if (!target.to.startsWith('127.')) return;
    this.#network.connectBound(target, address, port);
    this.#network.accept(listener);
  }

  /** A listener that leaves its accepted connections behind. */
  #closeListener(): void {
    const port = this.#port();
    const address = this.#random.pick(['127.0.0.1', '0.0.0.0', '::']);
    const listener = this.#network.listen(address, port);
    const target = { to: address === '::' ? '::1' : '127.0.0.1', port, nonblocking: true };
    this.#random.times(3, () => {
      const [connection] = this.#network.connections(1, target, listener);
      if (connection && this.#random.oneIn(3)) this.#network.close(connection.client);
    });
    this.#network.close(listener);
    if (address === '::') this.#abandoned.add(port);
  }

  #connectSome(target: Target, listener: number): void {
    const canBeMapped = !target.to.includes(':') && target.from === undefined && !this.#bindV6Only;
    const mapped = canBeMapped && this.#random.oneIn(3);
    const ending = this.#random.pick(ENDINGS);
    this.#random.times(this.#size / 2, () => {
      tolerate(() => {
        const [connection] = this.#network.connections(1, { ...target, mapped }, listener);
        if (connection)
          this.#endings.push(this.#ending(ending, connection.client, connection.server));
      });
    });
  }

  #ending(ending: Ending, client: number, server: number): () => void {
    const network = this.#network;
    const actions: Readonly<Record<Ending, () => void>> = {
      open: () => undefined,
      time_wait: () => {
        network.close(client, server);
      },
      fin_wait2: () => {
        network.close(client);
      },
      close_wait: () => {
        network.close(server);
      },
      server_first: () => {
        network.close(server, client);
      },
    };
    return actions[ending];
  }

  #port(): number {
    return this.#low + this.#random.below(this.#size);
  }
}

/** A mixture may ask for what is not to be had: a port in use, or one more than there are. */
function tolerate(open: () => unknown): void {
  try {
    open();
  } catch (error) {
    const expected = ['EADDRINUSE', 'EADDRNOTAVAIL', 'EAGAIN'];
    if (!(error instanceof SyscallError && expected.includes(error.errno))) throw error;
  }
}
