import type { CauseName } from './cause.ts';

/** A sysctl, and what it is set to. */
export type Setting = readonly [name: string, value: string];

/** One thing to do, with what it does. */
export interface Remedy {
  /** What to do: a sentence, or two. */
  readonly text: string;
  /** The line to run on the host. */
  readonly command?: string;
  /** What it sets. */
  readonly settings?: readonly Setting[];
  /** Whether it is to run inside the network namespace of the pool instead: nobody knows how to enter that from outside. */
  readonly isElsewhere?: boolean;
  /** The same for a pod: its `securityContext`. */
  readonly manifest?: string;
  /** Ports that each endpoint gains, of the kernel's counting; absent where that is not known. */
  readonly gainedPorts?: number;
  /** For how long the ports then last at this rate, in seconds; absent where they do not run out at any. */
  readonly lastsSeconds?: number;
  /** What it breaks if that is not seen to first. */
  readonly danger?: string;
}

/** What to do in the program, or about the setting that is the cause. */
export const CAUSE_REMEDIES: Readonly<Record<CauseName, string>> = {
  connection_churn:
    'Connections are opened and closed too fast: reuse them (keep-alive, a connection pool).',
  connection_leak:
    'The program opens connections and does not close them: it leaks sockets. Restarting it frees the ports.',
  large_pool:
    'Many connections are open at once: look for a leak, or bound the connection pool. More remote addresses or ports give more budgets.',
  unanswered_connects:
    'The remote end does not answer: lower the connect timeout and stop retrying in parallel.',
  nat_exhausted:
    'The NAT that translates these connections is out of ports for that destination: give it more addresses or a wider port range, and reuse connections. More ports in this namespace do not help.',
  bind_before_connect:
    'The program binds its local address before it connects: with IP_BIND_ADDRESS_NO_PORT each destination has a budget of its own. Until then further local addresses, or a wider range, give more ports; further remote addresses do not.',
  explicit_ports:
    'The program names its source ports: let the kernel choose them, or move them out of the range. Further addresses do not give the others more ports.',
  blocked_range:
    'Listeners and binds own most of the range: see who holds BOUND ports; listeners belong outside the range.',
  reserved_range:
    'Reserved ports are missing in every budget: reserve only ports that a service needs.',
  narrow_range: 'Somebody has set a narrow range: change it where it was set, or it comes back.',
  udp_per_request: 'Share sockets, or widen the range.',
  slow_first_pass:
    'connect() still succeeds, but scans half of the range each time: keep fewer connections open, or spread them over further local or remote addresses. A wider range has a larger half.',
  unknown: 'Look at its past: it held the ports between two polls, or longer ago.',
};
