import { LOCAL, REMOTE, type SocketRow } from '../kernel/socket-row.ts';
import { ADDRESS_WORDS, parseAddress } from '../kernel/address.ts';
import type { HostCondition } from '../kernel/netlink/host-filter.ts';
import type { PoolUsage } from '../pools/pool.ts';
import type { NamespaceReading } from '../scan/namespace-reader.ts';

/** Which sockets hold the ports of a pool. */
export interface Question {
  readonly protocol: 'tcp' | 'udp';
  /** By which netlink can leave other sockets out; undefined where only the port tells. */
  readonly condition: HostCondition | undefined;
  readonly matches: (row: SocketRow) => boolean;
}

/** How to tell the sockets of a pool; undefined for a kind whose sockets are not listed with their owners (SCTP). */
export function questionOf(
  usage: PoolUsage,
  { settings, connect }: Pick<NamespaceReading, 'settings' | 'connect'>,
): Question | undefined {
  const { low, high } = settings.range;
  const isInRange = ({ localPort }: SocketRow): boolean => localPort >= low && localPort <= high;
  switch (usage.kind) {
    case 'connect':
      return endpointQuestion(usage, isInRange);
    case 'bind':
      return addressQuestion(usage, isInRange);
    case 'range': {
      const { blockedPorts } = connect;
      const matches = ({ localPort }: SocketRow): boolean => blockedPorts.has(localPort);
      return { protocol: 'tcp', condition: undefined, matches };
    }
    case 'udp': {
      const isIpv6 = usage.family === 'ipv6';
      const matches = (row: SocketRow): boolean => row.ipv6Socket === isIpv6 && isInRange(row);
      return { protocol: 'udp', condition: undefined, matches };
    }
    default:
      return undefined;
  }
}

function endpointQuestion(
  { localAddress, remoteAddress, remotePort }: PoolUsage,
  isInRange: (row: SocketRow) => boolean,
): Question {
  const [local, remote] = [parseAddress(localAddress), parseAddress(remoteAddress)];
  return {
    protocol: 'tcp',
    condition: { end: 'remote', address: remote, port: remotePort },
    matches: (row) =>
      row.remotePort === remotePort &&
      isInRange(row) &&
      hasAddress(row, REMOTE, remote) &&
      hasAddress(row, LOCAL, local),
  };
}

/** All sockets at a local address, listening or not. */
function addressQuestion(
  { localAddress }: PoolUsage,
  isInRange: (row: SocketRow) => boolean,
): Question {
  const address = parseAddress(localAddress);
  return {
    protocol: 'tcp',
    condition: { end: 'local', address, port: undefined },
    matches: (row) => isInRange(row) && hasAddress(row, LOCAL, address),
  };
}

function hasAddress({ addresses }: SocketRow, offset: number, words: Int32Array): boolean {
  for (let word = 0; word < ADDRESS_WORDS; word += 1) {
    if (addresses[offset + word] !== words[word]) return false;
  }
  return true;
}
