import { expect, test } from 'vitest';
import { MAIN, temporaryFile } from '../support/exporter.ts';
import { TIERS } from '../support/host.ts';
import { hold, logLines, onHost, SENSITIVE_YAML, untilShown } from '../support/story.ts';

const LIMITED = temporaryFile('limited.yaml', `${SENSITIVE_YAML}namespaces: { limit: 2 }\n`);
const NOTE = 'not watched: there are more than namespaces.limit';

test(
  'namespaces beyond the limit are counted and said, once; one that waits takes the place of one that ends',
  { timeout: 60_000 },
  onHost(async ({ host, start }) => {
    const first = await host.namespace();
    const held = hold(first, 60);
    const daemon = await start('full', `--config.file=${LIMITED}`);
    await untilShown(daemon, first.netns);
    const second = await host.namespace();
    hold(second, 70);
    await daemon.until('the second is counted', async () => {
      return (await daemon.metrics()).find('netns', { result: 'unwatched' }) === 1;
    });
    const page = await daemon.nextPoll();
    expect(page.value('netns', { result: 'scanned' })).toBe(2);
    expect(page.find('endpoint_held', { netns: first.netns, pool: 'connect' })).toBe(60);
    expect(page.find('endpoint_held', { netns: second.netns })).toBeUndefined();
    const snapshot = (await daemon.get('/api/v1/snapshot')).body.toString();
    expect(JSON.parse(snapshot)).toMatchObject({ namespaces_unwatched: 1 });
    const table = ['--once', '--once.format=table', `--config.file=${LIMITED}`];
    expect(host.run(...TIERS.full, process.execPath, MAIN, ...table)).toContain(
      `? 1 network namespace is ${NOTE}`,
    );
    await daemon.nextPoll();
    expect(logLines(daemon, NOTE)).toHaveLength(1);
    held.dispose();
    await host.end(first);
    await daemon.until('the second is shown', async () => {
      return (
        (await daemon.metrics()).find('endpoint_held', {
          netns: second.netns,
          pool: 'connect',
        }) === 70
      );
    });
    expect((await daemon.nextPoll()).value('netns', { result: 'unwatched' })).toBe(0);
  }),
);
