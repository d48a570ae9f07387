import { expect, test } from 'vitest';
import { formatAddress } from '../../src/kernel/address.ts';
import { NETLINK_SOCK_DIAG } from '../../src/kernel/netlink/netlink-socket.ts';
import { SockDiagSource } from '../../src/kernel/netlink/sock-diag-source.ts';
import { LOCAL, REMOTE, type SocketRow } from '../../src/kernel/socket-row.ts';
import { portIds, sendTo } from '../support/netlink-sender.ts';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { inNetwork } from '../support/scenario.ts';

/** Messages that look like answers, but that the kernel did not send. */

const [NLMSG_ERROR, NLMSG_DONE, SOCK_DIAG_BY_FAMILY] = [2, 3, 20];
const NLM_F_MULTI = 2;
const EPERM = 1;
/** Any answer to come: a sender can guess the number of the next request. */
const SEQUENCES = [1, 2, 3];

function message(type: number, sequence: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + payload.length);
  new Uint32Array(bytes.buffer, 0, 4).set([bytes.length, 0, sequence, 0]);
  new Uint16Array(bytes.buffer, 4, 2).set([type, NLM_F_MULTI]);
  bytes.set(payload, 16);
  return bytes;
}

function status(code: number): Uint8Array {
  return new Uint8Array(new Int32Array([code]).buffer);
}

/** `struct inet_diag_msg` of 127.0.0.1:40050 → 127.0.0.1:80, which does not exist. */
function connection(): Uint8Array {
  const bytes = new Uint8Array(72);
  const [AF_INET, TCP_ESTABLISHED] = [2, 1];
  bytes.set([AF_INET, TCP_ESTABLISHED], 0);
  bytes.set([40_050 >> 8, 40_050 & 255, 0, 80], 4);
  bytes.set([127, 0, 0, 1], 8);
  bytes.set([127, 0, 0, 1], 24);
  return bytes;
}

function stage(network: Network): void {
  const target = { to: '127.0.0.1', port: 80 };
  const listener = network.listen(target.to, target.port);
  network.listen('::', 81);
  network.connections(5, target, listener);
}

function read(source: SockDiagSource): string[] {
  const seen: string[] = [];
  source.readTcp(
    (row: SocketRow) => {
      const local = `${formatAddress(row.addresses, LOCAL)} ${row.localPort}`;
      const remote = `${formatAddress(row.addresses, REMOTE)} ${row.remotePort}`;
      seen.push(`${local} ${remote} ${row.state} ${row.cookieHigh} ${row.cookieLow}`);
    },
    { low: 0, high: 65_535 },
  );
  return seen.toSorted();
}

test.each([
  ['the end of an answer', (sequence: number) => message(NLMSG_DONE, sequence, status(0))],
  ['a refusal', (sequence: number) => message(NLMSG_ERROR, sequence, status(-EPERM))],
  ['a socket', (sequence: number) => message(SOCK_DIAG_BY_FAMILY, sequence, connection())],
  ['garbage', (sequence: number) => new Uint8Array(37).fill(250 + sequence)],
])('%s that the kernel did not send changes nothing', (_title, forge) =>
  inNetwork((network) => {
    stage(network);
    const source = SockDiagSource.open('/proc/thread-self/net');
    try {
      const before = read(source);
      expect(before).toHaveLength(2 + 2 * 5);
      const ids = portIds(NETLINK_SOCK_DIAG);
      expect(ids).toHaveLength(1);
      for (const id of ids) sendTo(id, NETLINK_SOCK_DIAG, SEQUENCES.map(forge));
      expect(read(source)).toEqual(before);
      for (const id of ids) sendTo(id, NETLINK_SOCK_DIAG, SEQUENCES.map(forge));
      expect(read(source)).toEqual(before);
    } finally {
      source.close();
    }
  }),
);
