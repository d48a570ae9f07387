import { addressAndPort } from '../kernel/address-text.ts';
import { HOST, type NetnsIdentity } from '../kernel/netns/netns.ts';
import type { TakenServicePort } from '../scan/service-port-watch.ts';
import { type Place, SYSCTL_FILE, sysctlLine } from './diagnosis/sysctl-lines.ts';
import { refusedAddresses } from './listen-addresses.ts';
import { duration, nameOfNamespace } from './words.ts';

/** The alerts of Prometheus that say the same. */
export const TAKEN_ALERT = 'EphemeralPortsServicePortTaken';

/** `port 40000`, with its namespace where that is not the host's. */
export function nameOfServicePort(identity: NetnsIdentity, { port }: TakenServicePort): string {
  const where = identity.netns === HOST ? '' : `${nameOfNamespace(identity)}: `;
  return `${where}port ${port}`;
}

/**
 * Who has the port of a service, towards what, since when, and when it lets go; `nowSeconds` is Unix time. `holders` are all the
 * sockets that have it.
 */
export function explainTaken(
  taken: TakenServicePort,
  nowSeconds: number,
  holders: readonly { readonly localAddress: string }[] = [taken],
): string {
  const { localAddress, remoteAddress, remotePort, sinceSeconds, freeInSeconds } = taken;
  const holder = `${localAddress} → ${addressAndPort(remoteAddress, remotePort)}`;
  const ageSeconds = Math.max(0, nowSeconds - sinceSeconds);
  const since = ageSeconds > 0 ? `, for ${duration(ageSeconds)}` : '';
  const end =
    freeInSeconds === undefined
      ? 'it lets go when that connection is closed, and its TIME_WAIT is over'
      : `it is in TIME_WAIT and lets go in ${duration(freeInSeconds)}`;
  return `a service cannot listen on ${refusedAddresses(holders)}, bind() fails with EADDRINUSE: the connection ${holder} has it as its source port${since}; ${end}`;
}

/** The setting that keeps clients away from the service ports, with what it has already; what is not known is not said. */
export function reserveLine({ toReserve, ...place }: Place & ReserveOption): string {
  return toReserve === undefined
    ? 'Add the port to sysctl net.ipv4.ip_local_reserved_ports of its network namespace, behind what is there: clients are not given it then.'
    : `${sysctlLine(place, [[RESERVED, toReserve]])} keeps clients from it from then on, but not one that binds the port by its number. What is reserved already is in that list; a port that is held is not freed.${kept(place)}`;
}

const RESERVED = 'net.ipv4.ip_local_reserved_ports';

interface ReserveOption {
  /** What the setting must be; undefined where that is not known. */
  readonly toReserve: string | undefined;
}

function kept({ identity }: Place): string {
  return identity.netns === HOST
    ? ` At reboot that is lost, unless ${SYSCTL_FILE} says it too.`
    : '';
}
