import { CLIENT, SERVICE } from './addresses.ts';

/** Labels of a series or an alert, or fields of a log line, by name; one that is absent counts as empty. */
export type Labels = Readonly<Record<string, string>>;

/** What the client does, and how the pool whose ports it uses up is known. */
export interface Scenario {
  /** The client's local address; the kernel's choice where there is none. */
  readonly localAddress?: string;
  /** The call that is refused when no port is left. */
  readonly call: 'connect' | 'bind';
  /** The error with which it is refused. */
  readonly error: string;
  /** Labels of the pool's series. */
  readonly pool: Labels;
  /** Whether an alert with these labels is about the pool, or about what follows from it. */
  readonly isAbout: (labels: Labels) => boolean;
  /** How the exporter's messages name the pools of these alerts. */
  readonly names: readonly string[];
}

/** The kernel chooses the ports in `connect()`: they belong to the endpoint. */
const CONNECT: Scenario = {
  call: 'connect',
  error: 'EADDRNOTAVAIL',
  pool: { pool: 'connect', remote_address: SERVICE.host, remote_port: String(SERVICE.port) },
  isAbout: (labels) => labels['remote_address'] === SERVICE.host,
  names: [`${SERVICE.host}:${SERVICE.port}: `],
};

/** `bind()` chooses them: they belong to the local address, and are lost to every `connect()` of the namespace. */
const BIND_FIRST: Scenario = {
  localAddress: CLIENT,
  call: 'bind',
  error: 'EADDRINUSE',
  pool: { pool: 'bind', local_address: CLIENT },
  isAbout: ({ protocol, local_address: local = '', remote_address: remote = '' }) =>
    protocol === 'tcp' && remote === '' && (local === CLIENT || local === ''),
  names: [`bind(0) on ${CLIENT}: `, 'the range, towards any destination: '],
};

/** The scenario that the options choose. */
export function scenarioOf({ bindFirst }: { readonly bindFirst: boolean }): Scenario {
  return bindFirst ? BIND_FIRST : CONNECT;
}
