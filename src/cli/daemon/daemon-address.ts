import { BlockList, isIP } from 'node:net';
import { FlagError } from '../flags/flag.ts';

/** Where a daemon is asked. */
export interface DaemonAddress {
  /** Without user info; its path is the prefix of all paths. */
  readonly url: URL;
  /** The value of the header for the user that the URL names. */
  readonly authorization: string | undefined;
  /** For messages: without user and password. */
  readonly name: string;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Reads the value of `--from`. Throws `FlagError`, which does not repeat a password. */
export function readDaemonAddress(text: string): DaemonAddress {
  if (!URL.canParse(text)) throw notAnAddress('found no URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw notAnAddress(`found ${url.protocol.slice(0, 20)}`);
  }
  if (!isLoopbackName(url.hostname)) {
    throw new FlagError(
      `--from: only a daemon on this host's loopback is asked, not ${url.hostname}`,
    );
  }
  if (url.search !== '' || url.hash !== '') throw notAnAddress('found "?" or "#"');
  const authorization = authorizationOf(url);
  url.username = '';
  url.password = '';
  return { url, authorization, name: url.href.replace(/\/$/, '') };
}

function notAnAddress(found: string): FlagError {
  return new FlagError(`--from: expected a URL such as http://127.0.0.1:9065, ${found}`);
}

/** The URL has a host's shortest form already: `127.1` is `127.0.0.1`, and an IPv6 address stands in brackets. */
function isLoopbackName(hostname: string): boolean {
  if (hostname === 'localhost') return true;
  const address = hostname.replace(/^\[(.*)\]$/, '$1');
  const family = isIP(address);
  return family !== 0 && LOOPBACK.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

function authorizationOf({ username, password }: URL): string | undefined {
  if (username === '') return undefined;
  const user = [username, password].map(decoded).join(':');
  return `Basic ${Buffer.from(user).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
