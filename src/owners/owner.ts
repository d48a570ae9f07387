/**
 * Who a socket belongs to, from what is known least to what is known best: its user, then the pod, systemd unit or
 * container of its cgroup, then the process that has it open.
 */
export type OwnerKind = 'pod' | 'unit' | 'container' | 'process' | 'user';

/** What a cgroup belongs to. */
export interface OwnerGroup {
  readonly kind: 'pod' | 'unit' | 'container';
  /** `namespace/name` of a pod, or its uid while its name is not known; a unit; the first 12 digits of a container's id. */
  readonly name: string;
  /** Empty where it is no pod. */
  readonly podUid: string;
  /** 64 hexadecimal digits; empty where it is no container. */
  readonly containerId: string;
}

/** A process that has a socket open. */
export interface OwnerProcess {
  readonly pid: number;
  /** The name of its program (`comm`), which the program can choose. */
  readonly command: string;
}

/** Ports of one pool that belong to one owner. */
export interface OwnerShare {
  /** Empty where the owner is not known. */
  readonly kind: OwnerKind | '';
  /** Of a process its command, with pod, unit or container in parentheses; `unknown` where nothing is known. */
  readonly name: string;
  readonly ports: number;
  /** Those of them whose socket nobody has open any more, as in TIME_WAIT: it was seen before. */
  readonly remembered: number;
  /** Undefined where several users own such ports, or none is known. */
  readonly uid: number | undefined;
  readonly group: OwnerGroup | undefined;
  /** Of the processes that were found, some. */
  readonly pids: readonly number[];
}

/** Who holds the ports of one pool. */
export interface PoolOwners {
  /** How old the answer is, in seconds: the kernel is not asked at each poll. */
  readonly ageSeconds: number;
  /** Ports of all owners together, as counted when the kernel was asked. */
  readonly ports: number;
  /** The largest, largest first. */
  readonly largest: readonly OwnerShare[];
  /** Whether time ran out before all was looked through, and no other poll follows. */
  readonly isUnfinished: boolean;
}

/** What is said then. */
export const UNFINISHED = 'the search for owners was not finished';

/** What can be told about owners with the privileges and the mounts at hand. */
export interface OwnersSight {
  /** Whether pods, units and containers can. */
  readonly groups: boolean;
  readonly processes: boolean;
  /** Why not; empty where both can, and where nothing is looked for. */
  readonly problem: string;
  /** Whether the search for some pool was not finished, and no other poll follows. */
  readonly isUnfinished: boolean;
}
