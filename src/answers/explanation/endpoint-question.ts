import { isIP } from 'node:net';
import { formatAddress, parseAddress } from '../../kernel/address.ts';

/** Which endpoint somebody asks about. */
export interface EndpointQuestion {
  /** Canonical text, with `%2` behind it where sockets bound to device 2 are meant; undefined for any local address. */
  readonly from: string | undefined;
  /** Canonical text. */
  readonly to: string;
  readonly port: number;
}

/** What is expected, for an error. */
export const EXPECTED_ENDPOINT =
  'expected [FROM → ]ADDRESS:PORT, as in 10.0.0.2:5432, [fd00::2]:443 or "10.0.0.9 → 10.0.0.2:5432"';

/** Reads `10.0.0.2:5432` or `10.0.0.9 → 10.0.0.2:5432`, with `->` as well; undefined where it is neither. */
export function parseEndpoint(text: string): EndpointQuestion | undefined {
  const parts = text.split(/→|->/).map((part) => part.trim());
  const remote = parseRemote(parts.at(-1) ?? '');
  if (remote === undefined || parts.length > 2) return undefined;
  if (parts.length === 1) return { from: undefined, ...remote };
  const [, address = '', device = ''] = /^\[?([^\]%]*)(%\d+)?\]?$/.exec(parts[0] ?? '') ?? [];
  const from = canonical(address);
  return from === undefined ? undefined : { from: `${from}${device}`, ...remote };
}

/** `ADDRESS:PORT`, with brackets around an IPv6 address. */
function parseRemote(text: string): Pick<EndpointQuestion, 'to' | 'port'> | undefined {
  const [, inBrackets, plain, digits] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const to = canonical(inBrackets ?? plain ?? '');
  const port = Number(digits);
  return to !== undefined && port >= 1 && port <= 65_535 ? { to, port } : undefined;
}

/** The canonical text of an address; of a v4-mapped one that of the IPv4 address, whose ports it takes. */
function canonical(text: string): string | undefined {
  if (isIP(text) === 4) return text;
  if (isIP(text) !== 6 || text.includes('%')) return undefined;
  const plain = new URL(`http://[${text}]`).hostname.slice(1, -1);
  return formatAddress(parseAddress(plain), 0);
}
