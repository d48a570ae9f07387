import { spawnSync } from 'node:child_process';
import type { Network } from '../../deploy/demo/lab/network.ts';
import { ip, Peer } from './peer.ts';
import { LOW } from './scenario.ts';

/** Writes one SYN into a raw socket (raw(7)), with the checksum of RFC 9293, section 3.1. */
const PROGRAM = String.raw`
use Socket;
my ($from, $from_port, $to, $to_port) = @ARGV;
my ($source, $target, $tcp, $syn) = (inet_aton($from), inet_aton($to), 6, 2);
my $fields = pack 'nnNNCCnnn', $from_port, $to_port, 1, 0, 5 << 4, $syn, 65535, 0, 0;
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
function sendLoneSyn(from: End, to: End): void {
  const ends = [from, to].flatMap(({ address, port }) => [address, String(port)]);
  const { status, stderr, error } = spawnSync('perl', ['-e', PROGRAM, ...ends], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`a SYN cannot be sent: ${stderr}`, { cause: error });
}

const HOME = { address: '10.8.0.1', port: LOW + 10 };
/** It exists nowhere: the peer drops what is sent there. */
const NOWHERE = { address: '10.9.9.9', port: 5555 };

export interface LeftRequest {
  readonly to: End;
  /** Another host, with the address `there`. */
  readonly peer: Peer;
  readonly there: string;
}

/**
 * A request (SYN_RECV) whose listener has closed: the kernel keeps it for up to a second after it came (`reqsk_timer_handler` in
 * net/ipv4/inet_connection_sock.c).
 */
export function leaveRequest(network: Network): LeftRequest {
  const there = '10.8.0.2';
  const peer = Peer.connect(HOME.address, [there]);
  ip('route', 'add', 'default', 'via', there);
  const listener = network.listen(HOME.address, HOME.port);
  peer.inside(() => {
    sendLoneSyn(NOWHERE, HOME);
  });
  network.close(listener);
  return { to: HOME, peer, there };
}
