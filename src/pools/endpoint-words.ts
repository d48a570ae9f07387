import type { PoolUsage } from './pool.ts';

/** `10.0.0.2:5432` or `[fd00::2]:5432`. */
export function remoteOf({ family, remoteAddress, remotePort }: PoolUsage): string {
  return family === 'ipv6' ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}
