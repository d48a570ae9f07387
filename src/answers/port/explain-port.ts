import { TCP_CLOSE, TCP_LISTEN } from '../../kernel/socket-row.ts';
import type { NetnsIdentity } from '../../kernel/netns/netns.ts';
import type { PortRange } from '../../kernel/proc/sysctl.ts';
import type { SocketOwner } from '../../owners/socket-owner.ts';
import { PortSet } from '../../pools/tables/port-set.ts';
import { portText } from '../../pools/tables/port-text.ts';
import { endsInSeconds } from '../../pools/time-wait.ts';
import type { PortReading } from '../../scan/port-search.ts';
import type { PortSocket } from '../../scan/port-sockets.ts';
import type { PortStatus } from './port-status.ts';
import { type PortPast, type Since, sinceOf } from './since.ts';

/** A socket and who has it open. */
export interface OwnedSocket extends PortSocket {
  readonly owner: SocketOwner | undefined;
}

/** Everything about one local port in one network namespace. */
export interface PortAnswer {
  readonly port: number;
  readonly identity: NetnsIdentity;
  /** What a shell on the host puts in front of a line that is to run inside. */
  readonly enterBy: string;
  readonly status: PortStatus;
  readonly listeners: readonly OwnedSocket[];
  /** Outbound where nobody listens; accepted by the listener where one does. TIME_WAIT among them. */
  readonly connections: readonly OwnedSocket[];
  readonly bound: readonly OwnedSocket[];
  readonly udp: readonly OwnedSocket[];
  /** Sockets that are only counted. */
  readonly others: number;
  readonly range: PortRange;
  readonly rangeAssumed: boolean;
  readonly isInRange: boolean;
  /** Undefined where reserved ports could not be read. */
  readonly isReserved: boolean | undefined;
  /** What `ip_local_reserved_ports` must be to keep the port for a service; undefined where what it is now is not known. */
  readonly toReserve: string | undefined;
  /** Seconds until the last TIME_WAIT lets go; undefined where there is another connection, or none. */
  readonly freeInSeconds: number | undefined;
  /** Since when it is what it is; undefined where nobody remembers. */
  readonly since: Since | undefined;
  /** Whether bound and idle sockets would have been seen. */
  readonly showsIdle: boolean;
  /** Whether a process that has one of the sockets open may not have been found for want of time. */
  readonly isOwnerUnfinished: boolean;
}

/** A reading with the owners of its sockets; `isUnfinished`: the search for them was not finished. */
export interface OwnedReading extends PortReading {
  readonly sockets: readonly OwnedSocket[];
  readonly isUnfinished: boolean;
}

export function explainPort(port: number, reading: OwnedReading, past: PortPast): PortAnswer {
  const { identity, settings, sockets, others, showsIdle } = reading;
  const tcp = sockets.filter(({ protocol }) => protocol === 'tcp');
  const listeners = tcp.filter(({ state }) => state === TCP_LISTEN);
  const bound = tcp.filter(({ state }) => state === TCP_CLOSE);
  const connections = tcp.filter(({ state }) => state !== TCP_LISTEN && state !== TCP_CLOSE);
  const { range, rangeAssumed, reserved, unread } = settings;
  const isReservedKnown = !rangeAssumed && unread?.keys.has('reserved') !== true;
  const reservedPorts = PortSet.of(reserved);
  const status = statusOf(listeners, connections, bound);
  const making = { listening: listeners, taken: connections, bound, free: [] }[status];
  return {
    port,
    identity,
    enterBy: reading.enterBy,
    status,
    listeners,
    connections,
    bound,
    udp: sockets.filter(({ protocol }) => protocol === 'udp'),
    others,
    range,
    rangeAssumed,
    isInRange: range.low <= port && port <= range.high,
    isReserved: isReservedKnown ? reservedPorts.has(port) : undefined,
    toReserve: isReservedKnown ? withPort(reservedPorts, port) : undefined,
    freeInSeconds: freeInSeconds(connections),
    since: sinceOf(status, making, past),
    showsIdle,
    isOwnerUnfinished:
      reading.isUnfinished &&
      sockets.some(({ inode, owner }) => inode !== 0 && owner?.process === undefined),
  };
}

function statusOf(
  listeners: readonly unknown[],
  connections: readonly unknown[],
  bound: readonly unknown[],
): PortStatus {
  if (listeners.length > 0) return 'listening';
  if (connections.length > 0) return 'taken';
  return bound.length > 0 ? 'bound' : 'free';
}

function withPort(reserved: PortSet, port: number): string {
  return portText(reserved.union(PortSet.of([{ low: port, high: port }])).toRuns());
}

function freeInSeconds(connections: readonly PortSocket[]): number | undefined {
  if (connections.length === 0 || connections.some(({ remainingMs }) => remainingMs === 0)) {
    return undefined;
  }
  return Math.max(...connections.map(({ remainingMs }) => endsInSeconds(remainingMs)));
}
