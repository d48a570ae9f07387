import { ADDRESS_WORDS } from '../address.ts';
import { networkWord } from '../byte-order.ts';
import { libc } from '../libc.ts';
import { SocketRow } from '../socket-row.ts';
import { BpfError, BpfObject } from './bpf-object.ts';
import { BpfMap, type MapEntries } from './bpf-map.ts';

/** The call that was refused, as `failures.bpf.c` numbers them. */
export type RefusedCall = 'connect' | 'bind';
const CALLS: readonly RefusedCall[] = ['connect', 'bind'];

/** Refused calls of a network namespace, an endpoint or a process since the program was loaded. */
export interface Refusals {
  /** The cookie of the network namespace (SO_NETNS_COOKIE). */
  readonly netns: bigint;
  readonly call: RefusedCall;
  readonly failures: number;
  /** When the last one was refused, in milliseconds of the clock CLOCK_MONOTONIC. */
  readonly lastMs: number;
}

export interface EndpointRefusals extends Refusals {
  /** What the calls of one socket pair have in common, to find it again in the next reading. */
  readonly key: string;
  /** Local and remote end and device; of a `bind()` the local address alone. */
  readonly row: SocketRow;
}

export interface ProcessRefusals extends Refusals {
  /** That of its endpoint. */
  readonly key: string;
  readonly pid: number;
  /** The name of its main thread, as it is: whoever shows it must escape it. */
  readonly command: string;
}

/** What the maps hold at one moment. */
export interface FailureReading {
  readonly namespaces: readonly Refusals[];
  readonly endpoints: readonly EndpointRefusals[];
  readonly processes: readonly ProcessRefusals[];
  /** Failures that found no place in a map: of the endpoints, of the processes, of the namespaces. */
  readonly lost: readonly number[];
}

/** The maps of `failures.bpf.c`: the bytes of key and value, and how many entries there may be. */
const MAPS = {
  by_namespace: { keyBytes: 16, valueBytes: 16, most: 2048 },
  by_endpoint: { keyBytes: 56, valueBytes: 16, most: 4096 },
  by_process: { keyBytes: 88, valueBytes: 16, most: 4096 },
  lost: { keyBytes: 4, valueBytes: 8, most: 3 },
} as const;

/** Where fields start in `struct endpoint_key`, and after it in `struct process_key`; in bytes. */
const [CALL, LOCAL, REMOTE, DEVICE, REMOTE_PORT, ENDPOINT_BYTES] = [8, 16, 32, 48, 52, 56];
const [PID, COMMAND, COMMAND_BYTES] = [56, 60, 16];

/** Descriptors of the programs' links and of the maps. They outlive the thread that opened them, and end with the process. */
export type FailureDescriptors = readonly [number, number, number, number, number, number];

const NONE = -1;

/** Counts refused connects, and binds where this kernel lets a program see what a function returns. */
export class FailureProgram {
  /** Of connect's link, bind's link (-1 where there is none), and the four maps. */
  readonly descriptors: FailureDescriptors;
  readonly #byNamespace: BpfMap;
  readonly #byEndpoint: BpfMap;
  readonly #byProcess: BpfMap;
  readonly #lost: BpfMap;

  private constructor(descriptors: FailureDescriptors) {
    this.descriptors = descriptors;
    const [, , byNamespace, byEndpoint, byProcess, lost] = descriptors;
    this.#byNamespace = new BpfMap(byNamespace, MAPS.by_namespace);
    this.#byEndpoint = new BpfMap(byEndpoint, MAPS.by_endpoint);
    this.#byProcess = new BpfMap(byProcess, MAPS.by_process);
    this.#lost = new BpfMap(lost, MAPS.lost);
  }

  /** Loads the programs. Throws `BpfError` where that cannot be. */
  static open(): FailureProgram {
    try {
      return FailureProgram.#load(true);
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
    }
    return FailureProgram.#load(false);
  }

  /** Goes on with what another thread of this process has loaded. */
  static adopt(descriptors: FailureDescriptors): FailureProgram {
    return new FailureProgram(descriptors);
  }

  static #load(withBind: boolean): FailureProgram {
    return BpfObject.use('failures', withBind ? [] : ['count_refused_bind'], (object) => {
      const connect = object.attach('count_refused_connect');
      const bind = withBind ? object.attach('count_refused_bind') : NONE;
      const maps = Object.keys(MAPS).map((name) => object.map(name));
      const [byNamespace = NONE, byEndpoint = NONE, byProcess = NONE, lost = NONE] = maps;
      return new FailureProgram([connect, bind, byNamespace, byEndpoint, byProcess, lost]);
    });
  }

  /** Whether refused binds are counted. */
  get countsBinds(): boolean {
    return this.descriptors[1] !== NONE;
  }

  /** Throws `BpfError`. */
  namespaces(): readonly Refusals[] {
    return this.#byNamespace.read().map((entry) => refusalsOf(entry));
  }

  /** Everything. Throws `BpfError`. */
  read(): FailureReading {
    return {
      namespaces: this.namespaces(),
      endpoints: this.#byEndpoint.read().map((entry) => {
        return { ...refusalsOf(entry), key: endpointKey(entry), row: rowOf(entry) };
      }),
      processes: this.#byProcess.read().map((entry) => {
        const command = entry.key.subarray(COMMAND, COMMAND + COMMAND_BYTES);
        return {
          ...refusalsOf(entry),
          key: endpointKey(entry),
          pid: wordAt(entry.key, PID),
          command: textOf(command),
        };
      }),
      lost: this.#lost.read().map(({ value }) => numberAt(value, 0)),
    };
  }

  /** Stops to count. */
  close(): void {
    for (const fd of this.descriptors) if (fd !== NONE) libc().close(fd);
  }
}

function refusalsOf({ key, value }: MapEntries): Refusals {
  return {
    netns: new DataView(key.buffer, key.byteOffset).getBigUint64(0, true),
    call: CALLS[wordAt(key, CALL)] ?? 'connect',
    failures: numberAt(value, 0),
    lastMs: numberAt(value, 8) / 1e6,
  };
}

function endpointKey({ key }: MapEntries): string {
  return Buffer.from(key.subarray(0, ENDPOINT_BYTES)).toString('latin1');
}

function rowOf({ key }: MapEntries): SocketRow {
  const row = new SocketRow();
  for (let word = 0; word < ADDRESS_WORDS; word += 1) {
    row.addresses[word] = networkWord(wordAt(key, LOCAL + 4 * word));
    row.addresses[ADDRESS_WORDS + word] = networkWord(wordAt(key, REMOTE + 4 * word));
  }
  row.device = wordAt(key, DEVICE);
  row.remotePort = wordAt(key, REMOTE_PORT);
  return row;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

function numberAt(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true));
}

/** Up to the first zero. A name need not be UTF-8. */
function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return Buffer.from(end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8');
}
