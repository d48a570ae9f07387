import { writeFileSync } from 'node:fs';
import { addIpv4, addIpv6 } from './loopback-address.ts';
import * as sys from './syscalls.ts';

const IFF_UP_RUNNING = 0x1 | 0x40;
const SIOCSIFFLAGS = 0x8914;

/** Where a socket connects to, and from where: the kernel's choice unless `from` is given. */
export interface Target {
  readonly to: string;
  readonly port: number;
  readonly from?: string;
  /** Through an IPv6 socket with a v4-mapped address. */
  readonly mapped?: boolean;
  readonly nonblocking?: boolean;
  /** Bound to this device (SO_BINDTODEVICE). */
  readonly device?: string;
}

/** A connection, both ends. */
export interface Connection {
  readonly client: number;
  readonly server: number;
}

/**
 * A network namespace of its own for one scenario, entered by this thread, with real sockets. What the
 * scenario opened is closed by `dispose()`; the namespace ends when the next one is entered.
 */
export class Network {
  readonly #open = new Set<number>();
  #aliases = 0;

  private constructor() {
    // Only through the functions below: they say in which namespace the sockets are.
  }

  /** A new namespace, with its loopback device up. */
  static enter(): Network {
    sys.unshareNetwork();
    const network = new Network();
    network.raiseLoopback();
    return network;
  }

  /** The namespace that this thread is in. */
  static here(): Network {
    return new Network();
  }

  /** Brings the loopback device up. */
  raiseLoopback(): void {
    this.#setLoopback(IFF_UP_RUNNING);
  }

  /** Writes sysctls, such as `{ 'ipv4.tcp_tw_reuse': 1 }`. */
  sysctl(settings: Readonly<Record<string, string | number>>): void {
    for (const [name, value] of Object.entries(settings)) {
      writeFileSync(`/proc/sys/net/${name.replaceAll('.', '/')}`, String(value));
    }
  }

  range(low: number, high: number): void {
    this.sysctl({ 'ipv4.ip_local_port_range': `${low} ${high}` });
  }

  /** Gives the loopback device one more address. */
  addAddress(text: string): void {
    if (text.includes(':')) {
      addIpv6(text);
      this.#waitUntilUsable(text);
    } else {
      this.#aliases += 1;
      addIpv4(text, this.#aliases);
    }
  }

  /** Listens on `address`, `port` (0: the kernel's choice); returns the descriptor. */
  listen(
    address: string,
    port: number,
    options: { v6only?: boolean; backlog?: number } = {},
  ): number {
    const fd = this.#socket(address, sys.SOCK_STREAM);
    sys.setOption(fd, sys.SOL_SOCKET, sys.SO_REUSEADDR, 1);
    if (options.v6only !== undefined) {
      sys.setOption(fd, sys.IPPROTO_IPV6, sys.IPV6_V6ONLY, Number(options.v6only));
    }
    sys.bind(fd, sys.socketAddress(address, port));
    sys.listen(fd, options.backlog ?? 4096);
    return fd;
  }

  /** Connects once and returns the descriptor. Throws `SyscallError`. */
  connect(target: Target): number {
    const fd = this.#socket(target.mapped ? '::' : target.to, sys.SOCK_STREAM, target.nonblocking);
    try {
      if (target.from !== undefined) {
        sys.setOption(fd, sys.IPPROTO_IP, sys.IP_BIND_ADDRESS_NO_PORT, 1);
        sys.bind(fd, sys.socketAddress(target.from, 0));
      }
      if (target.device !== undefined) sys.bindToDevice(fd, target.device);
      this.#dial(fd, target);
    } catch (error) {
      this.close(fd);
      throw error;
    }
    return fd;
  }

  #dial(fd: number, { to, port, mapped }: Target): void {
    try {
      sys.connect(fd, sys.socketAddress(mapped ? `::ffff:${to}` : to, port));
    } catch (error) {
      if (!(error instanceof sys.SyscallError) || error.errno !== 'EINPROGRESS') throw error;
    }
  }

  /** `count` connections with both ends open; `listener` is where they arrive. */
  connections(count: number, target: Target, listener: number): Connection[] {
    return Array.from({ length: count }, () => {
      const client = this.connect(target);
      return { client, server: this.accept(listener) };
    });
  }

  accept(listener: number): number {
    return this.#keep(sys.accept(listener));
  }

  /** `bind()`s `port` of `address` before it connects: 0 lets `bind()` choose the port. */
  connectBound(target: Target, address: string, port: number, reuseAddress = false): number {
    const fd = this.#socket(target.mapped ? '::' : target.to, sys.SOCK_STREAM, target.nonblocking);
    try {
      if (reuseAddress) sys.setOption(fd, sys.SOL_SOCKET, sys.SO_REUSEADDR, 1);
      sys.bind(fd, sys.socketAddress(address, port));
      this.#dial(fd, target);
    } catch (error) {
      this.close(fd);
      throw error;
    }
    return fd;
  }

  /** An idle socket, bound to `port` of `address` (0: the kernel's choice). Throws `SyscallError`. */
  bindTcp(address: string, port: number): number {
    return this.#bind(address, port, sys.SOCK_STREAM);
  }

  /** A UDP socket, bound to `port` of `address` (0: the kernel's choice). Throws `SyscallError`. */
  bindUdp(address: string, port: number, options: { v6only?: boolean } = {}): number {
    return this.#bind(address, port, sys.SOCK_DGRAM, options);
  }

  /** A UDP socket that `connect()` gave its port. Throws `SyscallError`. */
  connectUdp(address: string, port: number): number {
    const fd = this.#socket(address, sys.SOCK_DGRAM);
    sys.connect(fd, sys.socketAddress(address, port));
    return fd;
  }

  /** A UDP socket bound to `port` of `address`, then connected to `remotePort` of the same address. */
  connectBoundUdp(address: string, port: number, remotePort: number): number {
    const fd = this.bindUdp(address, port);
    sys.connect(fd, sys.socketAddress(address, remotePort));
    return fd;
  }

  /** An SCTP socket of the family of `address`, as yet without a port; closed with the others. */
  openSctp(address: string, type: number): number {
    return this.#socket(address, type, false, sys.IPPROTO_SCTP);
  }

  /** Keeps a descriptor that a system call made of another; closed with the others. */
  keep(fd: number): number {
    return this.#keep(fd);
  }

  /** Takes the loopback device down: from then on no packet arrives anywhere. */
  silence(): void {
    this.#setLoopback(0);
  }

  close(...descriptors: readonly number[]): void {
    for (const fd of descriptors) {
      this.#open.delete(fd);
      sys.close(fd);
    }
  }

  dispose(): void {
    this.close(...this.#open);
  }

  /** Connects a socket that `bindTcp` made. */
  dial(fd: number, target: Target): void {
    this.#dial(fd, target);
  }

  #setLoopback(flags: number): void {
    const fd = sys.socket(sys.AF_INET, sys.SOCK_DGRAM);
    const request = new Uint8Array(40);
    request.set(Buffer.from('lo'));
    new Uint16Array(request.buffer)[8] = flags;
    sys.ioctl(fd, SIOCSIFFLAGS, request);
    sys.close(fd);
  }

  #bind(address: string, port: number, type: number, options: { v6only?: boolean } = {}): number {
    const fd = this.#socket(address, type);
    if (options.v6only === true) sys.setOption(fd, sys.IPPROTO_IPV6, sys.IPV6_V6ONLY, 1);
    try {
      sys.bind(fd, sys.socketAddress(address, port));
    } catch (error) {
      this.close(fd);
      throw error;
    }
    return fd;
  }

  #socket(address: string, type: number, nonblocking = false, protocol = 0): number {
    const family = address.includes(':') ? sys.AF_INET6 : sys.AF_INET;
    return this.#keep(sys.socket(family, type | (nonblocking ? sys.SOCK_NONBLOCK : 0), protocol));
  }

  #keep(fd: number): number {
    this.#open.add(fd);
    return fd;
  }

  /** A new IPv6 address is tentative for a moment, and cannot be bound. */
  #waitUntilUsable(text: string): void {
    for (let tries = 0; tries < 200; tries += 1) {
      try {
        this.close(this.bindUdp(text, 0));
        return;
      } catch {
        pause(10);
      }
    }
    throw new Error(`${text} stays tentative`);
  }
}

/** Blocks this thread; its namespace stays entered. */
export function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
