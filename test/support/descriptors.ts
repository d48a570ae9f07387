import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the descriptors of a process are open on. */
export function descriptorsOf(pid: number): readonly string[] {
  const directory = `/proc/${pid}/fd`;
  return readdirSync(directory).flatMap((fd) => {
    try {
      return [readlinkSync(`${directory}/${fd}`)];
    } catch {
      return [];
    }
  });
}

/** The lowest number of descriptors within two seconds: in the midst of a poll, or of a scrape, there are more. */
export async function descriptorsAtRest(pid: number): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 20; tries += 1) {
    lowest = Math.min(lowest, descriptorsOf(pid).length);
    await sleep(100);
  }
  return lowest;
}
