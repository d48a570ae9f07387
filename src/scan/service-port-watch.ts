import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import type { PortSettings } from '../kernel/proc/sysctl.ts';
import type { ServiceReading, TakenPort } from '../pools/services/service-reading.ts';
import { PortSet } from '../pools/tables/port-set.ts';
import { portText } from '../pools/tables/port-text.ts';
import type { NamespaceReading } from './namespace-reader.ts';
import { readOrNot, type ScanResult } from './scan-result.ts';

/** A service port that is taken, and since when it has been seen so. */
export interface TakenServicePort extends TakenPort {
  /** Unix time of the first poll that found it taken, in seconds. */
  readonly sinceSeconds: number;
}

/** The known service ports of one namespace, at its latest reading. */
export interface NamespaceServicePorts {
  readonly id: number;
  readonly identity: NetnsIdentity;
  /** What a shell on the host puts in front of a line that is to run inside. */
  readonly enterBy: string;
  readonly counts: ServiceReading['counts'];
  readonly taken: readonly TakenServicePort[];
  /** Exposed and taken ones, as `PortSet.toRuns()` gives them. */
  readonly unsafePorts: Uint16Array;
  /**
   * What `ip_local_reserved_ports` must be so that none is exposed, with what is reserved already; undefined where that is
   * not known.
   */
  readonly toReserve: string | undefined;
}

/** A port that became taken, or is free again, at this poll. */
export interface ServicePortTransition {
  /** `gone`: nothing is known of it any more, because its namespace has ended or is not looked at. */
  readonly change: 'taken' | 'free' | 'gone';
  readonly identity: NetnsIdentity;
  readonly enterBy: string;
  readonly port: TakenServicePort;
  /** How long it was taken; 0 for one that became so. */
  readonly lastedSeconds: number;
  readonly toReserve: string | undefined;
}

interface State extends NamespaceServicePorts {
  /** Those of `taken`, and those that are only counted. */
  readonly takenPorts: PortSet;
}

/**
 * Follows the service ports of all namespaces from poll to poll. What a namespace had when it was last read is kept until it is
 * read again: a quiet one is read seldom.
 */
export class ServicePortWatch {
  #states: ReadonlyMap<number, State> = new Map();
  #transitions: readonly ServicePortTransition[] = [];

  /** Those with a known service port, the host's first. */
  get namespaces(): readonly NamespaceServicePorts[] {
    return [...this.#states.values()];
  }

  /** Of the last poll. */
  get transitions(): readonly ServicePortTransition[] {
    return this.#transitions;
  }

  /** Takes over what a scan has read; `nowSeconds` is Unix time. */
  update(scan: ScanResult, nowSeconds: number): void {
    const before = this.#states;
    const states = new Map<number, State>();
    const { read, notRead } = readOrNot(scan);
    for (const reading of read) add(states, reading, before, nowSeconds);
    for (const id of notRead) {
      const state = before.get(id);
      if (state !== undefined) states.set(id, state);
    }
    this.#states = states;
    this.#transitions = [
      ...[...states.values()].flatMap((state) => began(state, before.get(state.id))),
      ...[...before.values()].flatMap((state) => ended(state, states, nowSeconds)),
    ];
  }
}

function add(
  states: Map<number, State>,
  { namespace, services, settings }: NamespaceReading,
  before: ReadonlyMap<number, State>,
  nowSeconds: number,
): void {
  const { id, identity, enterBy } = namespace;
  if (services === undefined) return;
  const { counts, taken, takenPorts, unsafePorts } = services;
  const known = new Map(before.get(id)?.taken.map((each) => [each.port, each.sinceSeconds]));
  states.set(id, {
    id,
    identity,
    enterBy,
    counts,
    taken: taken.map((each) => ({ ...each, sinceSeconds: known.get(each.port) ?? nowSeconds })),
    takenPorts,
    unsafePorts: unsafePorts.toRuns(),
    toReserve: isReservedKnown(settings) ? merged(unsafePorts, settings) : undefined,
  });
}

function isReservedKnown({ rangeAssumed, unread }: PortSettings): boolean {
  return !rangeAssumed && unread?.keys.has('reserved') !== true;
}

function merged(unsafePorts: PortSet, { reserved }: PortSettings): string {
  return portText(PortSet.of(reserved).union(unsafePorts).toRuns());
}

/** Those that are taken now, and were not before. */
function began(state: State, before: State | undefined): readonly ServicePortTransition[] {
  const { identity, enterBy, toReserve } = state;
  return state.taken
    .filter(({ port }) => before?.takenPorts.has(port) !== true)
    .map((port) => ({ change: 'taken', identity, enterBy, port, lastedSeconds: 0, toReserve }));
}

/** Those that were taken before, and are not any more. */
function ended(
  before: State,
  states: ReadonlyMap<number, State>,
  nowSeconds: number,
): readonly ServicePortTransition[] {
  const { id, identity, enterBy, toReserve } = before;
  const now = states.get(id);
  const change = now === undefined ? 'gone' : 'free';
  return before.taken
    .filter(({ port }) => now?.takenPorts.has(port) !== true)
    .map((port) => {
      const lastedSeconds = nowSeconds - port.sinceSeconds;
      return { change, identity, enterBy, port, lastedSeconds, toReserve };
    });
}
