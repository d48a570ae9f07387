import { asUser } from '../../deploy/demo/lab/as-user.ts';
import type { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { type Network, pause, type Target } from '../../deploy/demo/lab/network.ts';
import { countTcpBinds } from './kernel-oracle.ts';
import { UNBINDS_SHARED_PORTS } from './kernel-version.ts';
import type { Random } from './random.ts';
import { letReuseBegin, REUSE_DELAYS_MS, reuseDelay } from './scenario.ts';
import { tolerate } from './tolerate.ts';
import { measureConnects, predictConnects, type Verdict } from './verdict.ts';

/** Who opens sockets: programs that bind before they connect, and others. */
const [BINDER, CLIENT, NO_PORT_CLIENT] = [1001, 1002, 1003];

/** How the connections of one program end. */
type Habit = 'hold' | 'close' | 'half';

/** One program with its habit, its local address and its destinations. */
interface Program {
  readonly uid: number;
  readonly habit: Habit;
  readonly open: (target: Target) => number;
  readonly targets: readonly [Target, ...Target[]];
}

/** A connection that is open. */
interface Held {
  readonly client: number;
  readonly server: number;
}

/** Where binders and clients meet: a family, its usual local address, and others. */
interface Place {
  readonly to: string;
  readonly usual: string;
  readonly others: readonly [string, ...string[]];
  readonly mapped?: boolean;
}

const PLACES: readonly [Place, ...Place[]] = [
  { to: '127.0.0.1', usual: '127.0.0.1', others: ['127.0.0.6', '127.32.0.1'] },
  { to: '10.1.2.3', usual: '10.1.2.3', others: ['10.1.2.4', '10.1.2.5'] },
  { to: 'fd00::7', usual: 'fd00::7', others: ['fd00::8', 'fd00::9'] },
  { to: '127.0.0.1', usual: '127.0.0.1', others: ['127.0.0.6', '127.0.0.7'], mapped: true },
];

/** Fills of the range that a story goes through, in percent of the ports that binders may get. */
const FILLS = [30, 60, 90, 100] as const;

/**
 * A random namespace in which programs bind before they connect, beside others that do not. Each program opens its
 * connections in steps, with polls in between.
 */
export class BinderStory {
  readonly #network: Network;
  readonly #random: Random;
  readonly #paceMs: number;
  readonly #place: Place;
  readonly #size: number;
  readonly #low: number;
  readonly #targets: readonly [Target, ...Target[]];
  readonly #listeners = new Map<number, number>();
  readonly #held: Held[] = [];
  /** The local addresses that binders use. */
  readonly boundAddresses: readonly [string, ...string[]];

  /** `paceMs` is the least time from one connection to the next. */
  constructor(network: Network, random: Random, paceMs = 0) {
    this.#network = network;
    this.#random = random;
    this.#paceMs = paceMs;
    this.#place = random.pick(PLACES);
    this.#size = 2 * (20 + random.below(80));
    this.#low = 40_000 + random.below(50);
    const { to, usual, mapped = false } = this.#place;
    const target = (port: number): Target => ({ to, port, mapped });
    const others = Array.from({ length: random.below(3) }, (_, index) => target(81 + index));
    this.#targets = [target(80), ...others];
    const [other, another = usual] = this.#place.others;
    this.boundAddresses = random.pick([[usual], [other], [other, another]]);
    this.#configure();
  }

  /** What happens before each poll, step by step. */
  *steps(): Generator<void> {
    const programs = this.#programs();
    const clients = programs.slice(1);
    yield;
    const fill = this.#random.pick(FILLS);
    const stepsPerFill = this.#random.pick([1, 4, 8]);
    yield* this.#run(programs[0], Math.ceil((this.#size * fill) / 100), stepsPerFill, clients);
    if (this.#random.oneIn(3)) {
      for (const { client, server } of this.#held.splice(0)) this.#network.close(server, client);
      yield;
      yield* this.#run(programs[0], this.#random.below(this.#size), stepsPerFill, clients);
    }
    letReuseBegin();
    yield;
  }

  /** What the page says: of each destination, and of `bind(0)` on each address that a binder uses. */
  predict(page: Exposition): Verdict {
    const binds = this.#countedAddresses.map((address) => {
      const labels = { pool: 'bind', local_address: address };
      return [`bind ${address}`, page.find('endpoint_available', labels) ?? -1] as const;
    });
    return { ...Object.fromEntries(binds), ...predictConnects(page, this.#plainTargets) };
  }

  /** What the kernel grants. */
  measure(): Verdict {
    const binds = this.#countedAddresses.map((address) => {
      return [`bind ${address}`, countTcpBinds(this.#network, address)] as const;
    });
    return { ...Object.fromEntries(binds), ...measureConnects(this.#network, this.#plainTargets) };
  }

  /** Where binds leave their mark on ports that they share, connects alone are counted. */
  get #countedAddresses(): readonly string[] {
    return UNBINDS_SHARED_PORTS ? this.boundAddresses : [];
  }

  /** A destination that nobody has connected to. */
  newTarget(): Target {
    const target = { ...this.#targets[0], port: 99, nonblocking: true };
    this.#network.listen(target.to, target.port);
    return target;
  }

  get #plainTargets(): readonly Target[] {
    return this.#targets.map((target) => ({ ...target, nonblocking: true }));
  }

  #configure(): void {
    const [network, random] = [this.#network, this.#random];
    const { to, usual, others } = this.#place;
    for (const address of new Set([usual, ...others])) {
      if (!address.startsWith('127.')) network.addAddress(address);
    }
    network.range(this.#low, this.#low + this.#size - 1);
    network.sysctl({
      'ipv4.tcp_tw_reuse': random.below(3),
      ...reuseDelay(random.pick(REUSE_DELAYS_MS)),
    });
    if (random.oneIn(3)) {
      const from = this.#low + random.below(this.#size - 10);
      network.sysctl({ 'ipv4.ip_local_reserved_ports': `${from}-${from + random.below(9)}` });
    }
    random.times(random.oneIn(3) ? 6 : 0, () => {
      tolerate(() =>
        network.listen(random.pick([usual, '0.0.0.0', '::']), this.#low + random.below(this.#size)),
      );
    });
    for (const { port } of this.#targets) this.#listeners.set(port, network.listen(to, port));
  }

  #programs(): readonly Program[] {
    const [network, random] = [this.#network, this.#random];
    const habit = (): Habit => random.pick(['hold', 'close', 'half']);
    const reuseAddress = random.oneIn(3);
    const binder: Program = {
      uid: BINDER,
      habit: habit(),
      targets: this.#targets,
      open: (target) =>
        network.connectBound(
          target,
          this.#local(random.pick(this.boundAddresses)),
          0,
          reuseAddress,
        ),
    };
    const client: Program = {
      uid: CLIENT,
      habit: 'hold',
      targets: [random.pick(this.#targets)],
      open: (target) => network.connect(target),
    };
    const noPort: Program = {
      uid: NO_PORT_CLIENT,
      habit: 'hold',
      targets: [random.pick(this.#targets)],
      open: (target) =>
        network.connect({ ...target, from: this.#local(random.pick(this.boundAddresses)) }),
    };
    return [
      binder,
      ...(random.oneIn(2) ? [client] : []),
      ...(random.oneIn(2) && !this.#place.mapped ? [noPort] : []),
    ];
  }

  #local(address: string): string {
    return this.#place.mapped ? `::ffff:${address}` : address;
  }

  *#run(
    binder: Program | undefined,
    count: number,
    steps: number,
    others: readonly Program[],
  ): Generator<void> {
    if (binder === undefined) return;
    for (let step = 0; step < steps; step += 1) {
      for (const other of others) this.#open(other, this.#random.below(8));
      this.#open(binder, Math.ceil(count / steps));
      yield;
    }
  }

  #open(program: Program, count: number): void {
    for (let opened = 0; opened < count; opened += 1) {
      const target = this.#random.pick(program.targets);
      tolerate(() => {
        let client = -1;
        asUser(program.uid, () => {
          client = program.open(target);
        });
        if (client < 0) return;
        const server = this.#network.accept(this.#listeners.get(target.port) ?? -1);
        const isHeld =
          program.habit === 'hold' || (program.habit === 'half' && this.#random.oneIn(2));
        if (isHeld) this.#held.push({ client, server });
        else this.#network.close(client, server);
      });
      pause(this.#paceMs);
    }
  }
}
