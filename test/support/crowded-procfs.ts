import { hexIpv4, rowText, table, writeProcfs } from './procfs.ts';

/** A folder that looks like a procfs with so many endpoints, each of one connection: their snapshot is large. */
export function crowdedProcfs(endpoints: number): string {
  const rows = Array.from({ length: endpoints }, (_, index) =>
    rowText(index, {
      local: hexIpv4('10.0.0.1'),
      localPort: 33_000 + (index % 20_000),
      remote: hexIpv4(`10.1.${index >> 8}.${index & 255}`),
      remotePort: 443,
      state: 1,
    }),
  );
  return writeProcfs({ 'net/tcp': table(...rows) });
}
