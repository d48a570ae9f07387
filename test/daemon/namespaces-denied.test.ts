import { describe, expect, test } from 'vitest';
import { IS_TRUE_ROOT } from '../support/host.ts';
import { hold, logOf, onHost, untilShown } from '../support/story.ts';

/** A host that shows the exporter less than everything: that is normal, and no error. */

const WHY = IS_TRUE_ROOT ? '' : ' (whoever is root everywhere sees all)';

describe.skipIf(!IS_TRUE_ROOT)(`processes that hide${WHY}`, () => {
  for (const hidepid of ['1', '2', '4']) {
    test(
      `hidepid=${hidepid}: its own namespace is the host's, and it sees its own user's`,
      onHost(async ({ host, network, start }) => {
        const listener = network.listen('127.0.0.1', 81);
        network.connections(20, { to: '127.0.0.1', port: 81 }, listener);
        const [hidden, own] = [await host.namespace(), await host.nobodys()];
        hold(hidden, 60);
        hold(own, 70);
        const daemon = await start('none');
        const page = await untilShown(daemon, own.netns);
        const of = { netns: own.netns, protocol: 'tcp' };
        expect(page.value('endpoint_held', of)).toBe(70);
        expect(page.find('endpoint_held', { netns: hidden.netns })).toBeUndefined();
        expect(page.value('endpoint_held', { netns: 'host', protocol: 'tcp' })).toBe(20);
        expect(page.value('range_low', { netns: 'host' })).toBe(50_000);
        expect(page.value('range_assumed', { netns: 'host' })).toBe(0);
        expect(page.value('netns_info', { netns: 'host' })).toBe(1);
        expect(page.value('poll_success', { source: 'netlink' })).toBe(1);
        expect(page.value('poll_success', { source: 'proc' })).toBe(1);
        expect(page.value('netns', { result: 'denied' })).toBe(0);
        expect(logOf(daemon).filter(({ level }) => level > 40)).toEqual([]);
        await daemon.nextPoll();
        const said = logOf(daemon).filter(({ msg }) => msg.includes('read from /proc'));
        expect(said.map(({ msg }) => msg.split('.')[0])).toEqual([
          "Other network namespaces than the exporter's own are read from /proc",
        ]);
      }, `hidepid=${hidepid}`),
    );
  }

  test(
    'the same host without hidepid shows both',
    onHost(async ({ host, start }) => {
      const [shown, own] = [await host.namespace(), await host.nobodys()];
      hold(shown, 60);
      hold(own, 70);
      const daemon = await start('none');
      await untilShown(daemon, own.netns);
      await untilShown(daemon, shown.netns);
    }),
  );

  test(
    'names under /run/netns that cannot be entered are denied, whoever lives there',
    onHost(async ({ host, start }) => {
      for (const name of ['a', 'b', 'c']) host.run('ip', 'netns', 'add', name);
      const daemon = await start('none');
      const page = await daemon.nextPoll();
      expect(page.value('netns', { result: 'denied' })).toBe(3);
      expect(page.value('netns', { result: 'scanned' })).toBe(1);
      expect(page.value('poll_success', { source: 'netlink' })).toBe(1);
      expect(logOf(daemon).filter(({ level }) => level > 40)).toEqual([]);
    }),
  );
});
