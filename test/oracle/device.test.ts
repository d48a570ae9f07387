import { expect, test } from 'vitest';
import { Polls } from '../support/polls.ts';
import { inNetwork } from '../support/scenario.ts';

test('the fullest endpoint is no less full than one that is bound to a device', () =>
  inNetwork(async (network) => {
    const target = { to: '127.0.0.1', port: 80 };
    network.listen(target.to, target.port);
    for (let open = 0; open < 20; open += 1) network.connect({ ...target, device: 'lo' });
    for (let open = 0; open < 30; open += 1) network.connect(target);
    const polls = new Polls({ flags: ['--poll.source=netlink'] });
    const page = await polls.next();
    polls.close();
    const worst = page.value('worst_usage_ratio', { protocol: 'tcp' });
    expect(worst).toBeGreaterThanOrEqual(0.5);
  }));
