import { addressAndPort } from '../../kernel/address-text.ts';
import { UNFINISHED } from '../../owners/owner.ts';
import type { SocketOwner } from '../../owners/socket-owner.ts';
import { freeAddresses, refusedAddresses } from '../listen-addresses.ts';
import { printable } from '../printable.ts';
import { explainTaken, reserveLine } from '../service-port-words.ts';
import { duration, nameOfNamespace } from '../words.ts';
import type { OwnedSocket, PortAnswer } from './explain-port.ts';
import { sinceLine } from './since-words.ts';

/** Sockets that are named of each sort: a screen. The others are counted. */
const MAX_NAMED = 5;

/** What is to be said about one local port in one network namespace: a title, then sentences. `nowSeconds` is Unix time. */
export function portLines(answer: PortAnswer, nowSeconds: number): readonly string[] {
  const { port, identity, status, since, udp, others } = answer;
  return [
    `Port ${port} in network namespace ${nameOfNamespace(identity)}:`,
    ...tcpLines(answer, nowSeconds),
    ...(status === 'free' ? [] : [sinceLine(since, nowSeconds)]),
    ...named(udp, (socket) => `UDP: ${udpText(socket)}${ownerText(socket.owner)}.`),
    ...(others > 0 ? [`… and ${others} more sockets.`] : []),
    ...freeLines(answer),
    ...(answer.isOwnerUnfinished ? [`${capitalized(UNFINISHED)}.`] : []),
    rangeLine(answer),
    ...keepLines(answer),
  ];
}

function tcpLines(answer: PortAnswer, nowSeconds: number): readonly string[] {
  const { status, listeners, connections, bound } = answer;
  switch (status) {
    case 'listening':
      return [
        ...named(
          listeners,
          (socket) => `TCP: a listener on ${socket.localAddress}${ownerText(socket.owner)}.`,
        ),
        ...(connections.length > 0
          ? [
              `TCP: ${connections.length} more sockets have the port of the listener: its connections.`,
            ]
          : []),
      ];
    case 'taken':
      return takenLines(answer, connections, nowSeconds);
    case 'bound':
      return named(
        bound,
        (socket) =>
          `TCP: a socket is bound to ${socket.localAddress} and does nothing${ownerText(socket.owner)}; a service cannot listen on ${refusedAddresses([socket])}.`,
      );
    case 'free':
      return [
        answer.showsIdle
          ? 'TCP: nobody has it; a service can listen here.'
          : 'TCP: nobody is seen to have it; a socket that is bound and idle would not be seen.',
      ];
  }
}

function takenLines(
  { port, freeInSeconds }: PortAnswer,
  connections: readonly OwnedSocket[],
  nowSeconds: number,
): readonly string[] {
  const [first] = connections.toSorted((a, b) => a.remainingMs - b.remainingMs);
  if (first === undefined) return [];
  const { localAddress, remoteAddress, remotePort } = first;
  const taken = {
    port,
    localAddress,
    remoteAddress,
    remotePort,
    freeInSeconds,
    sinceSeconds: nowSeconds,
  };
  return [
    `TCP: ${explainTaken(taken, nowSeconds, connections)}.`,
    ...named(
      connections,
      (socket) => `TCP: ${remoteText(socket)}, ${stateText(socket)}${ownerText(socket.owner)}.`,
    ),
  ];
}

function rangeLine({ range, rangeAssumed, isInRange, isReserved }: PortAnswer): string {
  const text = `${range.low}-${range.high}${rangeAssumed ? ' (assumed: the setting cannot be read here)' : ''}`;
  if (!isInRange) return `It is outside the range ${text}: connect() is never given it.`;
  if (isReserved === undefined)
    return `It is in the range ${text}; whether it is reserved is not known.`;
  return isReserved
    ? `It is in the range ${text}, and reserved: connect() and bind(0) are never given it.`
    : `It is in the range ${text}, and not reserved: connect() and bind(0) may be given it.`;
}

function keepLines(answer: PortAnswer): readonly string[] {
  const { status, isInRange, isReserved, rangeAssumed } = answer;
  if (isInRange && isReserved !== true) return [`To keep it for a service: ${reserveLine(answer)}`];
  const isHeld = status === 'taken' || status === 'bound';
  return isHeld && !rangeAssumed ? [NAMED] : [];
}

const NAMED =
  'So its program bound it by its number, or had it before the setting was made: to reserve it would not help. That program must use another port.';

/** Where a service can listen all the same, and what frees the port. */
function freeLines({ status, connections, bound }: PortAnswer): readonly string[] {
  if (status !== 'taken' && status !== 'bound') return [];
  const holders = status === 'taken' ? connections : bound;
  const [open] = holders.filter(({ remainingMs }) => remainingMs === 0);
  const name = ownerName(open?.owner);
  const program = name === '' ? 'the program that has it open' : name;
  const after = status === 'taken' ? ', and wait a minute for its TIME_WAIT' : '';
  return [
    freeAddresses(holders),
    ...(open === undefined ? [] : [`To free it now: restart ${program}${after}.`]),
  ];
}

function capitalized(text: string): string {
  return text.replace(/^./, (first) => first.toUpperCase());
}

function named(
  sockets: readonly OwnedSocket[],
  textOf: (socket: OwnedSocket) => string,
): readonly string[] {
  const more = sockets.length - MAX_NAMED;
  return [...sockets.slice(0, MAX_NAMED).map(textOf), ...(more > 0 ? [`… and ${more} more.`] : [])];
}

function udpText(socket: OwnedSocket): string {
  return socket.remoteAddress === '' ? `a socket on ${socket.localAddress}` : remoteText(socket);
}

function remoteText({ localAddress, remoteAddress, remotePort }: OwnedSocket): string {
  return `${localAddress} → ${addressAndPort(remoteAddress, remotePort)}`;
}

/** The kernel's names (include/net/tcp_states.h). */
const STATES: Readonly<Record<number, string>> = {
  1: 'ESTABLISHED',
  2: 'SYN_SENT',
  3: 'SYN_RECV',
  4: 'FIN_WAIT1',
  5: 'FIN_WAIT2',
  6: 'TIME_WAIT',
  8: 'CLOSE_WAIT',
  9: 'LAST_ACK',
  11: 'CLOSING',
  12: 'SYN_RECV',
};

function stateText({ state, remainingMs }: OwnedSocket): string {
  const name = STATES[state] ?? `state ${state}`;
  return remainingMs > 0 ? `${name} for ${duration(remainingMs / 1000)} more` : name;
}

/** `, of nginx (pid 812, nginx.service)`; empty where nothing is known. */
function ownerText(owner: SocketOwner | undefined): string {
  const text = ownerName(owner);
  return text === '' ? '' : `, of ${text}`;
}

/** As `ownerText`, without the beginning. */
export function ownerName(owner: SocketOwner | undefined): string {
  const { process, group, uid } = owner ?? {};
  const groupText =
    group === undefined ? '' : `${group.kind === 'unit' ? '' : `${group.kind} `}${group.name}`;
  if (process !== undefined) {
    const where = groupText === '' ? '' : `, ${groupText}`;
    return printable(`${process.command} (pid ${process.pid}${where})`);
  }
  if (groupText !== '') return printable(groupText);
  return uid === undefined ? '' : `user ${uid}`;
}
