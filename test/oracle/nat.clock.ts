import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { debianProgram, missingProgram } from '../support/debian-program.ts';
import { MAIN } from '../support/exporter.ts';

/**
 * A node whose NAT has 60 source ports, a pod behind it, and a server: the pod asks for 320 connections. `$1` is `nft`, `$2`
 * the exporter; with `$3` the server does not answer, and NAT has as many ports as it wants.
 */
const NODE = String.raw`
mount -t proc proc /proc; ip link set lo up; ulimit -n 4096
peer() {
  local process gateway; gateway=$(echo "$2" | cut -d/ -f1)
  unshare -n sleep 60 & process=$!; sleep .3
  ip link add "v$1" type veth peer name eth0 netns $process; ip addr add "$2" dev "v$1"; ip link set "v$1" up
  nsenter -t $process -n sh -c "ip link set lo up; ip addr add $3 dev eth0; ip link set eth0 up; ip route add default via $gateway"
  eval "$1=$process"
}
peer pod 10.7.0.1/24 10.7.0.2/24; peer server 10.8.0.1/24 10.8.0.2/24
nsenter -t $server -n ip route del default
nsenter -t $pod -n sh -c 'echo "40000 40399" > /proc/sys/net/ipv4/ip_local_port_range'
echo 1 > /proc/sys/net/ipv4/ip_forward
ports=:50000-50059; [ -z "$3" ] || ports=:20000-60000
printf 'table ip nat {\nchain post {\ntype nat hook postrouting priority 100;\nip saddr 10.7.0.0/24 ip protocol tcp masquerade to %s\n}\n}\n' "$ports" | LD_LIBRARY_PATH=$4 "$1" -f -
[ -z "$3" ] || nsenter -t $server -n ip route add blackhole 10.8.0.1/32
nsenter -t $server -n node -e 'require("net").createServer(() => {}).listen(80, "10.8.0.2", 511)' &
sleep 1
nsenter -t $pod -n node -e 'for (let i = 0; i < 320; i += 1) require("net").connect(80, "10.8.0.2").on("error", () => {})' &
sleep 5
node "$2" --once --once.format=table`;

const missing = missingProgram('nftables', 'nft');

describe.skipIf(missing !== undefined)('connections that a node translates', () => {
  let nft: ReturnType<typeof debianProgram>;

  beforeAll(() => {
    nft = debianProgram('nftables', 'nft');
  });

  /** What the exporter on the node says of the pod. */
  function said(isSilent: boolean): string {
    const { path, environment } = nft;
    const args = [path, MAIN, isSilent ? 'silent' : '', environment['LD_LIBRARY_PATH'] ?? ''];
    const inside = ['-n', '-p', '-f', '--mount', 'bash', '-c', NODE, 'bash', ...args];
    return spawnSync('unshare', inside, { encoding: 'utf8', timeout: 60_000 }).stdout;
  }

  test('an exhausted NAT is the cause, and not the remote end', () => {
    const table = said(false);
    expect(table).toMatch(
      /10\.7\.0\.2 → 10\.8\.0\.2:80: .*Cause nat_exhausted: 260 of 320 connect\(\) calls/,
    );
  });

  test('a remote end that does not answer is the cause, and not the NAT', () => {
    expect(said(true)).toMatch(/10\.7\.0\.2 → 10\.8\.0\.2:80: .*Cause unanswered_connects/);
  });
});
