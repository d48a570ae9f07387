import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { SockDiagSource } from '../../src/kernel/netlink/sock-diag-source.ts';
import { ProcSource } from '../../src/kernel/proc/proc-source.ts';
import type { SocketRow, SocketSource } from '../../src/kernel/socket-row.ts';
import { asNobody } from '../support/nobody.ts';
import { inOwnNetwork } from './own-network.ts';
import { rowText, table, writeProcfs } from '../support/procfs.ts';

const NET = '/proc/thread-self/net';
const ALL = { low: 0, high: 65_535 };
const NOBODY = 65_534;

function inodeOf(fd: number): number {
  return Number(/\d+/.exec(readlinkSync(`/proc/thread-self/fd/${fd}`))?.[0]);
}

/** The owners that a source shows, by the state and the inode of their sockets. */
function ownersIn(source: SocketSource): readonly string[] {
  const owners: string[] = [];
  const visit = ({ state, inode, uid }: SocketRow): void => {
    owners.push(`state ${state} inode ${inode} uid ${uid}`);
  };
  source.readTcp(visit, ALL, false);
  source.readUdp(visit, ALL);
  return owners.toSorted();
}

/** A UDP socket that another user opened; of this one where it cannot become another. */
function openUdp(network: Network): { readonly fd: number; readonly uid: number } {
  const fd = asNobody(() => network.bindUdp('127.0.0.1', 5353));
  return fd === undefined
    ? { fd: network.bindUdp('127.0.0.1', 5353), uid: 0 }
    : { fd, uid: NOBODY };
}

test('both sources show user and inode of each socket that a process has open', (context) => {
  inOwnNetwork(context, (network) => {
    const owner = (state: number, fd: number, uid = 0): string =>
      `state ${state} inode ${inodeOf(fd)} uid ${uid}`;
    const listener = network.listen('127.0.0.1', 80);
    const six = network.listen('::1', 80);
    const target = { to: '127.0.0.1', port: 80 };
    const [open] = network.connections(1, target, listener);
    const [ended] = network.connections(1, target, listener);
    const udp = openUdp(network);
    if (ended) network.close(ended.client, ended.server);
    const expected = [
      owner(10, listener),
      owner(10, six),
      ...(open === undefined ? [] : [owner(1, open.client), owner(1, open.server)]),
      'state 6 inode 0 uid undefined',
      owner(7, udp.fd, udp.uid),
    ].toSorted();
    expect(expected).toHaveLength(6);
    const netlink = SockDiagSource.open(NET);
    expect(ownersIn(netlink)).toEqual(expected);
    netlink.close();
    expect(ownersIn(new ProcSource(NET))).toEqual(expected);
  });
});

describe('columns of /proc', () => {
  const row = rowText(0, {
    local: '0100007F',
    localPort: 1,
    remote: '0100007F',
    remotePort: 2,
    state: 1,
  });
  const OWNER = ' 00000000     0        0 4711 ';

  test.each([
    [' 00000000  1000        0 4711234 ', 1000, 4_711_234],
    [' 00000000 4294967294        0 18446744073 ', 4_294_967_294, 18_446_744_073],
    [' 00000000 65534 123456789 1 ', 65_534, 1],
    [' 00000000  1000        0 0 ', undefined, 0],
    ['', undefined, 0],
  ])('%j', (columns, uid, inode) => {
    expect(row).toContain(OWNER);
    const files = { 'net/tcp': table(row.replace(OWNER, columns)) };
    const owners: unknown[] = [];
    new ProcSource(join(writeProcfs(files), 'net')).readTcp((each) => {
      owners.push([each.uid, each.inode]);
    });
    expect(owners).toEqual([[uid, inode]]);
  });
});
