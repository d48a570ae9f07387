import type { Family } from '../kernel/address.ts';
import type { NetnsIdentity } from '../kernel/netns/netns.ts';
import type { PortSettings } from '../kernel/proc/sysctl.ts';
import type { FirstPass, PoolKind } from '../pools/pool.ts';
import type { AlertSnapshot, NamespaceSnapshot, OwnedPool, Snapshot } from './snapshot.ts';

/** Everything that one poll found, made on request; valid until the next poll begins. */
export interface SnapshotDetails extends Omit<Snapshot, 'namespaces'> {
  /** All namespaces whose tables were read, the host's first. */
  readonly namespaces: readonly NamespaceDetails[];
  readonly gated: readonly GatedDetails[];
  /** Alerts whose threshold is crossed, not yet for their hold, with the level that they would give their pools; not all where they are many. */
  readonly pending: readonly AlertSnapshot[];
}

/** Everything about one namespace that was read. */
export interface NamespaceDetails extends NamespaceSnapshot {
  readonly settings: PortSettings;
  /** Without `ipv6` where the kernel has no IPv6 sockets. */
  readonly families: readonly Family[];
  /** TIME_WAITs the kernel has dropped because there were too many; undefined where it does not say. */
  readonly timeWaitOverflows: number | undefined;
  /** The first pass of an endpoint that holds nothing. */
  readonly firstPass: FirstPass;
  /** The pools of each kind, exported or not, fullest first. */
  readonly fullest: ReadonlyMap<PoolKind, readonly OwnedPool[]>;
  /** Ports counted as given by `connect()` though a `bind()` may own them: what was seen so far does not tell. */
  readonly undecided: number;
  /** Ports of listeners that have closed, which what they accepted still holds. */
  readonly closedListeners: number;
  /** Undefined where the source does not show those outside the range. */
  readonly inboundRows: number | undefined;
  /** TCP rows, inbound ones too, by socket state as the kernel numbers it; undefined where not all were shown. */
  readonly rowsByState: readonly (number | undefined)[];
  /** TCP ports of the range with a listener, as `PortSet.toRuns()` gives them. */
  readonly listeningPorts: Uint16Array;
  /** The others: outside the range, or reserved. */
  readonly otherListeningPorts: Uint16Array;
  /** TCP ports of the range that a `bind()` owns. */
  readonly blockedPorts: Uint16Array;
  /** Ports of the range with any TCP socket. */
  readonly occupiedPorts: Uint16Array;
}

/** One namespace that is too quiet to be read at each poll. */
export interface GatedDetails {
  readonly id: number;
  readonly identity: NetnsIdentity;
  /** When its tables were last read, in seconds of Unix time, and what they held; undefined before. */
  readonly lastRead:
    { readonly atSeconds: number; readonly namespace: NamespaceDetails } | undefined;
}
