import { ADDRESS_WORDS, formatAddress, isIpv4, MAPPED_PREFIX } from '../../kernel/address.ts';
import { LOCAL, REMOTE, SocketRow } from '../../kernel/socket-row.ts';
import { BLOCK, type Blocks } from './endpoint-blocks.ts';
import { mix } from './hash.ts';

/**
 * What names the endpoints of a table: local address, remote address, remote port and device, as words in
 * its blocks. An IPv4 address is its last word alone.
 */
export class EndpointKeys {
  readonly #blocks: Blocks;
  readonly #addressWords: number;
  readonly #keyWords: number;

  /** `addressWords` is 1 for IPv4, 4 for IPv6. */
  constructor(blocks: Blocks, addressWords: 1 | 4) {
    this.#blocks = blocks;
    this.#addressWords = addressWords;
    this.#keyWords = keyWordsOf(addressWords);
  }

  /** The hash of a row of any endpoint. */
  hashRow(row: SocketRow): number {
    const { addresses } = row;
    let hash = mix(row.remotePort, row.device);
    if (this.#addressWords === 1) {
      hash = mix(hash, addresses[LOCAL + LAST_WORD] ?? 0);
      return mix(hash, addresses[REMOTE + LAST_WORD] ?? 0);
    }
    for (let word = ADDRESS_WORDS - this.#addressWords; word < ADDRESS_WORDS; word += 1) {
      hash = mix(mix(hash, addresses[LOCAL + word] ?? 0), addresses[REMOTE + word] ?? 0);
    }
    return hash;
  }

  /** The hash of the endpoint's rows. */
  hashKey(id: number): number {
    const words = this.#addressWords;
    let hash = mix(this.remotePort(id), this.device(id));
    for (let word = 0; word < words; word += 1) {
      hash = mix(mix(hash, this.#key(id, word)), this.#key(id, words + word));
    }
    return hash;
  }

  /** Whether the row is the endpoint's. */
  isKeyOf(id: number, row: SocketRow): boolean {
    const { keys } = this.#blocks.of(id);
    const words = this.#addressWords;
    const at = (id % BLOCK) * this.#keyWords;
    if (words === 1) {
      return (
        keys[at] === row.addresses[LOCAL + LAST_WORD] &&
        keys[at + 1] === row.addresses[REMOTE + LAST_WORD] &&
        keys[at + 2] === row.remotePort &&
        keys[at + 3] === row.device
      );
    }
    for (let word = 0; word < words; word += 1) {
      const [local, remote] = [keys[at + word], keys[at + words + word]];
      const last = ADDRESS_WORDS - words + word;
      if (local !== row.addresses[LOCAL + last] || remote !== row.addresses[REMOTE + last])
        return false;
    }
    return keys[at + 2 * words] === row.remotePort && keys[at + 2 * words + 1] === row.device;
  }

  /** Whether the endpoint has this remote end; `address` is as `parseAddress` gives it. */
  isTowards(id: number, address: Int32Array, port: number): boolean {
    if (this.remotePort(id) !== port) return false;
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    if (words === 1 && !isIpv4(address, 0)) return false;
    for (let word = 0; word < words; word += 1) {
      if (this.#key(id, words + word) !== address[skip + word]) return false;
    }
    return true;
  }

  /** Writes the key of a new endpoint. */
  write(id: number, { addresses, remotePort, device }: SocketRow): void {
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    const { keys } = this.#blocks.of(id);
    const at = (id % BLOCK) * this.#keyWords;
    for (let word = 0; word < words; word += 1) {
      keys[at + word] = addresses[LOCAL + skip + word] ?? 0;
      keys[at + words + word] = addresses[REMOTE + skip + word] ?? 0;
    }
    keys[at + 2 * words] = remotePort;
    keys[at + 2 * words + 1] = device;
  }

  /** Index of the device that its sockets are bound to; 0 where to none. */
  device(id: number): number {
    return this.#key(id, 2 * this.#addressWords + 1);
  }

  /** A row that belongs to the same endpoint without a device. */
  rowWithoutDevice(id: number): SocketRow {
    const row = new SocketRow();
    const [words, skip] = [this.#addressWords, ADDRESS_WORDS - this.#addressWords];
    if (words === 1) {
      row.addresses[LOCAL + 2] = MAPPED_PREFIX;
      row.addresses[REMOTE + 2] = MAPPED_PREFIX;
    }
    for (let word = 0; word < words; word += 1) {
      row.addresses[LOCAL + skip + word] = this.#key(id, word);
      row.addresses[REMOTE + skip + word] = this.#key(id, words + word);
    }
    row.remotePort = this.remotePort(id);
    return row;
  }

  /** Identifies the local address with its device: a number for IPv4 without a device, else text. */
  localKey(id: number): number | string {
    return this.#addressWords === 1 && this.device(id) === 0
      ? this.#key(id, 0)
      : this.localAddress(id);
  }

  /** Canonical text, with `%` and the index of the device where the sockets are bound to one. */
  localAddress(id: number): string {
    const device = this.device(id);
    return this.#address(id, 0) + (device === 0 ? '' : `%${device}`);
  }

  remoteAddress(id: number): string {
    return this.#address(id, this.#addressWords);
  }

  remotePort(id: number): number {
    return this.#key(id, 2 * this.#addressWords);
  }

  /** Copies the key of endpoint `from` over that of `to`. */
  move(from: number, to: number): void {
    const start = (from % BLOCK) * this.#keyWords;
    const key = this.#blocks.of(from).keys.subarray(start, start + this.#keyWords);
    this.#blocks.of(to).keys.set(key, (to % BLOCK) * this.#keyWords);
  }

  #key(id: number, word: number): number {
    return this.#blocks.of(id).keys[(id % BLOCK) * this.#keyWords + word] ?? 0;
  }

  #address(id: number, offset: number): string {
    const words = new Int32Array([0, 0, MAPPED_PREFIX, 0]);
    for (let word = 0; word < this.#addressWords; word += 1) {
      words[ADDRESS_WORDS - this.#addressWords + word] = this.#key(id, offset + word);
    }
    return formatAddress(words, 0);
  }
}

const LAST_WORD = ADDRESS_WORDS - 1;

/** Words in one key: both addresses, the remote port and the device. */
export function keyWordsOf(addressWords: 1 | 4): number {
  return 2 * addressWords + 2;
}
