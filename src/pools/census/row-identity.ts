import type { SocketRow } from '../../kernel/socket-row.ts';
import { mix } from '../tables/hash.ts';

/** Two independent hashes name a row in /proc, so that a false match is out of the question. */
const SEEDS = [0x51ed270b, 0x2545f491] as const;

/**
 * One half of what names a row at every poll, whatever the state of its socket: the socket's cookie where
 * the source has it, else two hashes of its addresses and ports.
 */
export function identityHalf(row: SocketRow, half: 0 | 1): number {
  if ((row.cookieLow | row.cookieHigh) !== 0) return half === 0 ? row.cookieLow : row.cookieHigh;
  let hash = mix(mix(SEEDS[half], row.localPort), row.remotePort);
  for (const word of row.addresses) hash = mix(hash, word);
  return hash;
}
