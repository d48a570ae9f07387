import type { SocketRow } from '../../kernel/socket-row.ts';
import { mix } from './hash.ts';

/**
 * Seeds of two independent 32-bit hashes: with 64 bits, two of 100,000 rows share an identity with a probability of
 * about 3e-10. Any two odd numbers would do.
 */
const SEEDS = [0x51ed270b, 0x2545f491] as const;

/**
 * One half of what identifies a row at every poll, whatever the state of its socket: the socket's cookie where the
 * source has it (it survives into TIME_WAIT), else a hash of its addresses and ports.
 */
export function identityHalf(row: SocketRow, half: 0 | 1): number {
  if ((row.cookieLow | row.cookieHigh) !== 0) return half === 0 ? row.cookieLow : row.cookieHigh;
  let hash = mix(mix(SEEDS[half], row.localPort), row.remotePort);
  for (const word of row.addresses) hash = mix(hash, word);
  return hash;
}
