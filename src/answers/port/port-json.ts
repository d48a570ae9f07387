import { identityJson } from '../../snapshot/encode-identity.ts';
import type { OwnedSocket, PortAnswer } from './explain-port.ts';
import { ownerName } from './port-words.ts';
import { sinceJson } from './since-json.ts';

/** Grows with new fields; another number is another meaning of an old one. */
const SCHEMA = 1;

/** One port in several network namespaces, and why others were not looked at. */
export function portsJson(answers: readonly PortAnswer[], problems: readonly string[]): object {
  return { schema: SCHEMA, ports: answers.map(portJson), problems };
}

/** One port in one network namespace, as `explain :PORT --json` shows it (src/cli/README.md); null is what is not known. */
function portJson(answer: PortAnswer): object {
  const { range, isInRange, isReserved, toReserve, freeInSeconds, since } = answer;
  return {
    port: answer.port,
    ...identityJson(answer.identity),
    status: answer.status,
    listeners: answer.listeners.map(socketJson),
    connections: answer.connections.map(socketJson),
    bound: answer.bound.map(socketJson),
    udp: answer.udp.map(socketJson),
    other_sockets: answer.others,
    range_low: range.low,
    range_high: range.high,
    range_assumed: answer.rangeAssumed,
    in_range: isInRange,
    reserved: isReserved ?? null,
    to_reserve: toReserve ?? null,
    since: since === undefined ? null : sinceJson(since),
    free_in_seconds: freeInSeconds ?? null,
    idle_sockets_seen: answer.showsIdle,
    owners_unfinished: answer.isOwnerUnfinished,
  };
}

function socketJson(socket: OwnedSocket): object {
  const { process } = socket.owner ?? {};
  return {
    local_address: socket.localAddress,
    remote_address: socket.remoteAddress,
    remote_port: socket.remotePort,
    state: socket.state,
    remaining_seconds: socket.remainingMs / 1000,
    owner: ownerName(socket.owner),
    pid: process?.pid ?? null,
  };
}
