import { MetricsPage } from '../../src/metrics/page.ts';
import { RemoteNames } from '../../src/config/remote-names.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { STATUS } from './status.ts';

const NO_NAMES = new RemoteNames([]);

/** The series of the page that shows `snapshot`: lines without comments. */
export async function seriesOf(snapshot: Snapshot): Promise<readonly string[]> {
  const page = new MetricsPage({
    names: () => NO_NAMES,
    snapshot: () => snapshot,
    latestPoll: () => snapshot,
    status: () => STATUS,
  });
  const text = (await page.current()).text.toString();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
