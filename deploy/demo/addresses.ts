/** Addresses and ports of the demo. */

/**
 * The service. Its address is none of 127.0.0.0/8: towards those Linux reuses a port in TIME_WAIT after a second
 * (tcp_tw_reuse 2, tcp_twsk_unique in net/ipv4/tcp_ipv4.c), and closed connections would not hold theirs for a minute, as
 * they do between two hosts.
 */
export const SERVICE = { host: '10.1.2.3', port: 80 } as const;

/** The local address that the client binds with `--bind-first`. */
export const CLIENT = '10.1.2.4';

/**
 * The port range of the namespace: 1,000 ports, which the client's default rates fill in three to four minutes. The
 * ports that the programs below listen on are outside of it.
 */
export const RANGE = { low: 40_000, high: 40_999 } as const;

/** Where the programs listen: their usual ports. */
export const EXPORTER = '127.0.0.1:9065';
export const PROMETHEUS = '127.0.0.1:9090';
export const ALERTMANAGER = '127.0.0.1:9093';
export const RECEIVER_PORT = 9099;
