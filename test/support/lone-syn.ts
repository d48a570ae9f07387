import { spawnSync } from 'node:child_process';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { ip, Peer } from './peer.ts';
import { LOW } from './scenario.ts';

/** Writes one SYN into a raw socket (raw(7)), with the checksum of RFC 9293, section 3.1. */
const PROGRAM = String.raw`
use Socket;
my ($from, $from_port, $to, $to_port, $data) = @ARGV;
my ($source, $target, $tcp, $syn) = (inet_aton($from), inet_aton($to), 6, 2);
my $fields = pack 'nnNNCCnnn', $from_port, $to_port, 1, 0, 5 << 4, $syn, 65535, 0, 0;
$fields .= $data;
my $sum = unpack '%32n*', $source . $target . pack('nn', $tcp, length $fields) . $fields;
$sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
substr $fields, 16, 2, pack 'n', ~$sum & 0xffff;
my $ip = pack 'CCnnnCCna4a4', 0x45, 0, 20 + length $fields, 1, 0, 64, $tcp, 0, $source, $target;
socket my $raw, PF_INET, SOCK_RAW, 255 or die "socket: $!";
send $raw, $ip . $fields, 0, pack_sockaddr_in(0, $target) or die "send: $!";
`;

interface End {
  readonly address: string;
  readonly port: number;
}

/** Sends a SYN from the network namespace of this thread, as if `from` asked for a connection; `from` need not exist. */
function sendLoneSyn(from: End, to: End, data: string): void {
  const ends = [from, to].flatMap(({ address, port }) => [address, String(port)]);
  const { status, stderr, error } = spawnSync('perl', ['-e', PROGRAM, ...ends, data], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`a SYN cannot be sent: ${stderr}`, { cause: error });
}

const HOME = { address: '10.8.0.1', port: LOW + 10 };
/** It exists nowhere. */
const NOWHERE = { address: '10.9.9.9', port: 5555 };

export interface LeftRow {
  readonly to: End;
  /** Another host, with the address `there`. */
  readonly peer: Peer;
  readonly there: string;
}

/**
 * A request (SYN_RECV) whose listener has closed: the kernel keeps a new one for up to a second (`reqsk_timer_handler` in
 * net/ipv4/inet_connection_sock.c).
 */
export function leaveRequest(network: Network): LeftRow {
  const { listener, ...row } = receiveSyn(network, '');
  network.close(listener);
  return row;
}

/** TCP Fast Open, without a cookie, for each listener (net.ipv4.tcp_fastopen). */
const FAST_OPEN = 0x2 | 0x200 | 0x400;

/** A connection in SYN_RECV that was accepted by TCP Fast Open; `listener` is still open. */
export function leaveFastOpen(network: Network): LeftRow & { readonly listener: number } {
  network.sysctl({ 'ipv4.tcp_fastopen': FAST_OPEN });
  const row = receiveSyn(network, 'data');
  network.accept(row.listener);
  return row;
}

function receiveSyn(network: Network, data: string): LeftRow & { readonly listener: number } {
  const there = '10.8.0.2';
  const peer = Peer.connect(HOME.address, [there]);
  ip('route', 'add', 'default', 'via', there);
  const listener = network.listen(HOME.address, HOME.port);
  peer.inside(() => {
    ip('route', 'add', 'blackhole', NOWHERE.address);
    sendLoneSyn(NOWHERE, HOME, data);
  });
  return { to: HOME, peer, there, listener };
}
