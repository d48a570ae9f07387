/** An address as it stands before a port: `10.0.0.2`, `[fd00::2]`. */
export function bracketed(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

/** `10.0.0.2:5432` or `[fd00::2]:5432`. */
export function addressAndPort(address: string, port: number): string {
  return `${bracketed(address)}:${port}`;
}
