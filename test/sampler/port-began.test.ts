import { expect, test } from 'vitest';
import { localPort } from '../../deploy/demo/lab/syscalls.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { pollOptions } from '../support/pools.ts';
import { HIGH, inNetwork, LOW } from '../support/scenario.ts';
import { SteppedClock } from '../support/stepped-clock.ts';

test.each(['proc', 'netlink'] as const)(
  'a named service port that a client takes, and a bound one, are known from poll to poll, by %s',
  (source) =>
    inNetwork((network) => {
      const clock = new SteppedClock();
      const options = pollOptions('/proc');
      const poller = new Poller(
        {
          ...options,
          source,
          namespaces: { ...options.namespaces, discover: 'off' },
          services: [{ low: LOW, high: HIGH, address: '', podNamespace: '' }],
        },
        { clock },
      );
      const at: number[] = [];
      const poll = (): void => {
        clock.step(5);
        at.push(clock.unixSeconds());
        poller.poll();
      };
      network.listen('127.0.0.1', 80);
      poll();
      const client = network.connect({ to: '127.0.0.1', port: 80 });
      const port = localPort(client);
      const bound = network.listen('127.0.0.1', port === LOW ? LOW + 1 : LOW);
      const boundPort = localPort(bound);
      poll();
      poll();
      const identity = poller.details()?.namespaces[0]?.identity;
      if (identity === undefined) throw new Error('no namespace');
      const began = { atLatestSeconds: at[1], atEarliestSeconds: at[0] };
      expect(poller.portBegan(identity, port, 'taken')).toEqual(began);
      expect(poller.portBegan(identity, boundPort, 'bound')).toEqual(began);
      expect(poller.portBegan(identity, 80, 'listening')).toEqual({
        atLatestSeconds: at[0],
        atEarliestSeconds: undefined,
      });
      network.close(bound);
      poll();
      expect(poller.portBegan(identity, boundPort, 'bound')).toBeUndefined();
      expect(poller.portBegan({ ...identity, nsInode: '1' }, port, 'taken')).toBeUndefined();
      poller.close();
    }),
);
