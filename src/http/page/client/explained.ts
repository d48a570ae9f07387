import { useEffect, useState } from 'preact/hooks';
import type { PoolRow } from '../../../answers/overview/overview.ts';

/** What the detail of an endpoint shows of `GET /api/v1/explain`; what a version of it lacks is left out. */
export interface Explained {
  readonly sentence?: string;
  readonly calculation?: Readonly<Record<string, number | null>>;
  readonly proofs?: Readonly<Record<string, string | null>>;
  readonly owners?: readonly {
    readonly owner_kind: string;
    readonly owner: string;
    readonly ports: number;
  }[];
  readonly returning?: readonly { readonly within_seconds: number; readonly ports: number }[];
}

/** The explanation of the pool, asked for anew with each poll; undefined until it is there, and where there is none. */
export function useExplained(
  prefix: string,
  row: PoolRow | undefined,
  takenAtSeconds: number,
): Explained | undefined {
  const [explained, setExplained] = useState<Explained | undefined>(undefined);
  const url = row?.pool === 'connect' ? urlOf(prefix, row) : undefined;
  useEffect(() => {
    if (url === undefined) return undefined;
    const aborted = new AbortController();
    askFor(url, aborted.signal).then(setExplained, () => undefined);
    return () => {
      aborted.abort();
    };
  }, [url, takenAtSeconds]);
  return explained;
}

async function askFor(url: string, signal: AbortSignal): Promise<Explained | undefined> {
  const response = await fetch(url, { signal });
  return response.ok ? ((await response.json()) as Explained) : undefined;
}

function urlOf(prefix: string, row: PoolRow): string {
  const { remote_address: address, remote_port: port } = row;
  const to = address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const query = new URLSearchParams({ to, from: row.local_address, netns: row.netns });
  return `${prefix}/api/v1/explain?${query.toString()}`;
}
