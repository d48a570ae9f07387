import { join } from 'node:path';
import { formatAddress } from '../kernel/address.ts';
import { ProcSource } from '../kernel/proc/proc-source.ts';
import { isRequest, REMOTE, TCP_LISTEN } from '../kernel/socket-row.ts';

/**
 * Why `port` is in use, for an error message: a listener, or a client's connection. `procfs` is where procfs is mounted.
 * Never throws.
 */
export function explainPortInUse(procfs: string, port: number): string {
  try {
    return describe(port, ownersOf(procfs, port));
  } catch {
    return 'its owner cannot be seen';
  }
}

interface Owners {
  readonly listener: boolean;
  /** Remote endpoint of a connection on the port. */
  readonly connection: string | undefined;
}

function ownersOf(procfs: string, port: number): Owners {
  let listener = false;
  let connection: string | undefined;
  new ProcSource(join(procfs, 'net')).readTcp((row) => {
    if (row.localPort !== port || isRequest(row)) return;
    if (row.state === TCP_LISTEN) listener = true;
    else connection ??= `${formatAddress(row.addresses, REMOTE)} port ${row.remotePort}`;
  });
  return { listener, connection };
}

function describe(port: number, { listener, connection }: Owners): string {
  if (listener) return `another program listens on it; find it with: ss -tlnp 'sport = :${port}'`;
  if (connection === undefined) return 'no listener and no connection on it is in sight';
  return (
    `a client connection to ${connection} has it as its source port; ` +
    `add ${port} to net.ipv4.ip_local_reserved_ports, so that the kernel stops picking it`
  );
}
