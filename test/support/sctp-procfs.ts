/** `net/sctp/{eps,assocs}` and `net/protocols` as the kernel writes them (net/sctp/proc.c, net/core/sock.c). */

export const ENDPOINTS_HEADER = ' ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS';

export const ASSOCIATIONS_HEADER =
  ' ASSOC     SOCK   STY SST ST HBKT ASSOC-ID TX_QUEUE RX_QUEUE UID INODE LPORT RPORT LADDRS <-> RADDRS ' +
  'HBINT INS OUTS MAXRT T1X T2X RTXC wmema wmemq sndbuf rcvbuf';

/** One row, without its newline; each address ends with a space. */
export function endpointRow(port: number, addresses: readonly string[]): string {
  return `00000000f00dcafe 00000000deadbeef 2   10  33   ${left(port, 5)}     0 ${right(17_000 + port, 5)} ${listed(addresses)}`;
}

export function associationRow(
  port: number,
  addresses: readonly string[],
  peers: readonly string[],
): string {
  return (
    `00000000f00dcafe 00000000deadbeef 2   1   3  0    ${right(port % 99, 4)}        0        0       0 ` +
    `${right(17_000 + port, 5)} ${left(port, 5)} ${right(3868, 5)}  ${listed(addresses)}<-> ${listed(peers)}` +
    '\t   30000    10    10   10    0    0        0        1        0   212992   212992'
  );
}

/** Both tables, as files of `writeProcfs`. */
export function sctpFiles(
  endpoints: readonly string[],
  associations: readonly string[],
): Readonly<Record<string, string>> {
  const table = (rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');
  return {
    'net/sctp/eps': table([ENDPOINTS_HEADER, ...endpoints]),
    'net/sctp/assocs': table([ASSOCIATIONS_HEADER, ...associations]),
  };
}

/** Sockets by protocol. */
export function protocolsText(sockets: Readonly<Record<string, number>>): string {
  const rows = Object.entries(sockets).map(
    ([name, count]) =>
      `${left(name, 9)} 1536 ${right(count, 6)}       0   no     392   yes  sctp        y  y  y  y  y  y  n  n  y  y  y  y  y  y  y  n  y  y`,
  );
  const header =
    'protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re bi br ha uh gp em';
  return [header, ...rows].map((line) => `${line}\n`).join('');
}

function listed(addresses: readonly string[]): string {
  return addresses.map((address) => `${address} `).join('');
}

function left(value: string | number, width: number): string {
  return String(value).padEnd(width);
}

function right(value: number, width: number): string {
  return String(value).padStart(width);
}
