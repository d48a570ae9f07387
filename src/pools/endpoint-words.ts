import { addressAndPort } from '../kernel/address-text.ts';
import type { PoolUsage } from './pool.ts';

/** `10.0.0.2:5432` or `[fd00::2]:5432`. */
export function remoteOf({ remoteAddress, remotePort }: PoolUsage): string {
  return addressAndPort(remoteAddress, remotePort);
}
