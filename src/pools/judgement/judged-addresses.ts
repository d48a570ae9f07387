import { ADDRESS_WORDS } from '../../kernel/address.ts';
import { LOCAL, type SocketRow } from '../../kernel/socket-row.ts';
import { formatAddress, isIpv4, type Family } from '../../kernel/address.ts';
import { EndpointEvidence } from './endpoint-evidence.ts';
import { PortReturns } from '../tables/port-returns.ts';
import { PortSet } from '../tables/port-set.ts';

/** Endpoints without a row that are remembered at most at one address. Chosen, not measured. */
const MAX_KEPT = 4096;
/** Addresses that are judged at most: each costs two sets of ports of 8 KiB. Chosen, not measured. */
const MAX_ADDRESSES = 256;
/** An address is judged so long after its last bound port has gone: as long as an endpoint keeps its series. */
const KEEP_MS = 600_000;

/** A local address at which a `bind()` may have chosen ports for outbound connections. */
export class JudgedAddress {
  readonly #words: Int32Array;
  /** Ports with a row of this local address, in the range or not; new in each pass. */
  ports = new PortSet();
  /** When ports come back to a `bind()` to the address, but for those that wildcards take; new in each pass. */
  returns = new PortReturns();
  /** Ports that a `bind()` to the address could not be given at the last poll; empty where it was not judged then. */
  takenBefore = new PortSet();
  /** Whether rows were listed here at the last poll too: those that appeared since are known to be new. */
  wasListed = false;
  /** When a port was last found to be bound here; monotonic, in milliseconds. */
  boundAtMs = Number.NEGATIVE_INFINITY;
  /** The ticket under which the history follows the `bind` pool of the address; 0 where it is not followed. */
  ticket = 0;

  /** By remote address, when listeners that open and close unseen were last found. */
  readonly #shortListenersAtMs = new Map<string, number>();
  /** By remote end and device, with the time of the last poll that had a row. */
  readonly #evidence = new Map<string, { readonly evidence: EndpointEvidence; usedAtMs: number }>();

  constructor(words: Int32Array) {
    this.#words = words;
  }

  get family(): Family {
    return isIpv4(this.#words, 0) ? 'ipv4' : 'ipv6';
  }

  /** Canonical text. */
  get text(): string {
    return formatAddress(this.#words, 0);
  }

  /** What is known of the endpoint that `key` names. */
  evidenceOf(key: string, nowMs: number): EndpointEvidence {
    const found = this.#evidence.get(key) ?? {
      evidence: new EndpointEvidence(),
      usedAtMs: nowMs,
    };
    found.usedAtMs = nowMs;
    this.#evidence.set(key, found);
    return found.evidence;
  }

  /** Forgets endpoints that had no row for long; at once where nothing was bound, or where there are too many. */
  forgetOld(nowMs: number): void {
    for (const [remote, atMs] of this.#shortListenersAtMs) {
      if (nowMs - atMs >= KEEP_MS) this.#shortListenersAtMs.delete(remote);
    }
    for (const [key, { evidence, usedAtMs }] of this.#evidence) {
      const isKept = evidence.sum.bound > 0 && this.#evidence.size <= MAX_KEPT;
      if (nowMs - usedAtMs >= (isKept ? KEEP_MS : 1)) this.#evidence.delete(key);
    }
  }

  /** Whether listeners that open and close unseen accepted connections of the remote address not long ago. */
  hasShortListeners(remote: string, nowMs: number): boolean {
    return nowMs - (this.#shortListenersAtMs.get(remote) ?? Number.NEGATIVE_INFINITY) < KEEP_MS;
  }

  rememberShortListeners(remote: string, nowMs: number): void {
    this.#shortListenersAtMs.set(remote, nowMs);
  }

  /**
   * Whether the address need not be judged any more. That rows are undecided is no reason to go on: the longer plain clients
   * are judged, the more often one of their ports is taken for a bound one.
   */
  isOver(nowMs: number): boolean {
    return nowMs - Math.max(this.boundAtMs, ...this.#shortListenersAtMs.values()) >= KEEP_MS;
  }

  /** Whether a `bind()` was found to choose ports here. */
  get hasBound(): boolean {
    return this.boundAtMs !== Number.NEGATIVE_INFINITY;
  }

  /** A row of this local address: its port cannot be given to a `bind()`. */
  add(row: SocketRow): void {
    this.ports.add(row.localPort);
    this.returns.add(row);
  }

  isAddressOf({ addresses }: SocketRow): boolean {
    for (let word = 0; word < ADDRESS_WORDS; word += 1) {
      if (addresses[LOCAL + word] !== this.#words[word]) return false;
    }
    return true;
  }
}

/** The local addresses of a namespace whose rows are judged, from poll to poll. */
export class JudgedAddresses {
  /** By the last word of the address. */
  readonly #byWord = new Map<number, JudgedAddress[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get all(): readonly JudgedAddress[] {
    return [...this.#byWord.values()].flat();
  }

  /** Starts a pass over all rows. */
  begin(): void {
    for (const address of this.all) {
      address.ports = new PortSet();
      address.returns = new PortReturns();
    }
  }

  find(row: SocketRow): JudgedAddress | undefined {
    if (this.#size === 0) return undefined;
    const candidates = this.#byWord.get(row.addresses[LOCAL + ADDRESS_WORDS - 1] ?? 0);
    return candidates?.find((address) => address.isAddressOf(row));
  }

  /** Begins to judge the row's local address; false where it is judged already, or too many are. */
  add(row: SocketRow): boolean {
    if (this.#size >= MAX_ADDRESSES || this.find(row) !== undefined) return false;
    const word = row.addresses[LOCAL + ADDRESS_WORDS - 1] ?? 0;
    const address = new JudgedAddress(row.addresses.slice(LOCAL, LOCAL + ADDRESS_WORDS));
    this.#byWord.set(word, [...(this.#byWord.get(word) ?? []), address]);
    this.#size += 1;
    return true;
  }

  /** Ends a poll: drops the addresses at which nothing was bound for long. */
  end(nowMs: number): void {
    for (const [word, addresses] of this.#byWord) {
      const kept = addresses.filter((address) => !address.isOver(nowMs));
      this.#size -= addresses.length - kept.length;
      if (kept.length === 0) this.#byWord.delete(word);
      else this.#byWord.set(word, kept);
      for (const address of kept) {
        address.wasListed = true;
        address.forgetOld(nowMs);
      }
    }
  }
}
