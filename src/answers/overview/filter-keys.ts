import { addressAndPort } from '../../kernel/address-text.ts';
import type { PoolRow } from './overview.ts';

type Text = (row: Partial<PoolRow>) => string;

/** What `KEY:` of a filter looks at. */
export const KEYS: ReadonlyMap<string, Text> = new Map<string, Text>([
  ['dst', destinationOf],
  ['src', (row) => row.local_address ?? ''],
  ['pod', podOf],
  ['process', (row) => row.owner ?? ''],
  ['owner', (row) => row.owner ?? ''],
  ['netns', (row) => `${row.netns ?? ''} ${row.namespace ?? ''}`],
  ['pool', (row) => `${row.pool ?? ''} ${row.protocol ?? ''}`],
]);

/** All that a row says in words. */
export function textOf(row: Partial<PoolRow>): string {
  const { name = '', namespace = '', netns = '', owner = '', remote_name = '', pool = '' } = row;
  return [name, destinationOf(row), remote_name, owner, namespace, netns, pool].join(' ');
}

/** The address as a socket has it, as the row writes it, and the name: `10.0.0.2:5432 orders-db`. */
function destinationOf({
  remote_address = '',
  remote_port = 0,
  remote_name = '',
}: Partial<PoolRow>): string {
  if (remote_address === '') return '';
  return `${addressAndPort(remote_address, remote_port)} ${remote_address} ${remote_name}`;
}

/** The pods that a row names, without the word `pod`. */
function podOf({ namespace = '', owner = '' }: Partial<PoolRow>): string {
  return Array.from(
    `${namespace}, ${owner}`.matchAll(/\bpod ([^\s,]+)/gu),
    ([, name = '']) => name,
  ).join(' ');
}
