import { addressAndPort } from '../kernel/address-text.ts';

/** The program cannot listen on an address; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Where to listen. */
export interface ListenAddress {
  /** Undefined: all addresses of both families. */
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * Reads `:9065`, `127.0.0.1:9065`, `[::1]:9065` or `localhost:9065`. Throws `RangeError`, which says what
 * was expected.
 */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([\da-fA-F:.]+)\]|([^:[\]]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? Number.NaN);
  if (!(port <= 65_535)) {
    throw new RangeError(`expected HOST:PORT such as :9065 or [::1]:9065, found "${text}"`);
  }
  const host = match?.[1] ?? match?.[2] ?? '';
  return { host: host === '' ? undefined : host, port };
}

export function formatListenAddress({ host, port }: ListenAddress): string {
  return addressAndPort(host ?? '', port);
}
