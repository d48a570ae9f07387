import { spawnSync } from 'node:child_process';

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
export function sendLoneSyn(from: End, to: End): void {
  const ends = [from, to].flatMap(({ address, port }) => [address, String(port)]);
  const { status, stderr, error } = spawnSync('perl', ['-e', PROGRAM, ...ends], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`a SYN cannot be sent: ${stderr}`, { cause: error });
}
