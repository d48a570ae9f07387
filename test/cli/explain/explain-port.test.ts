import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as sys from '../../../deploy/demo/lab/syscalls.ts';
import { type Network, pause } from '../../../deploy/demo/lab/network.ts';
import { MAIN, ONLY_HERE, type Outcome, run } from '../../support/exporter.ts';
import { Host } from '../../support/host.ts';
import { canListen } from '../../support/kernel-oracle.ts';
import { leaveRequest } from '../../support/lone-syn.ts';
import { HIGH, inNetwork, LOW } from '../../support/scenario.ts';

const A = { to: '127.0.0.1', port: 80 };

function explain(port: number | string, ...flags: readonly string[]): Outcome {
  return run('explain', `:${port}`, ONLY_HERE, ...flags);
}

/** The port of a connection of this process to `A`; what it opened is closed with the network. */
function connection(network: Network): number {
  network.listen(A.to, A.port);
  return sys.localPort(network.connect(A));
}

/** This process, as a program under /proc is called. */
const COMMAND = readFileSync('/proc/self/comm', 'utf8').trim();

describe('explain :PORT', () => {
  test('a listener: who, and its connections; 0', () =>
    inNetwork((network) => {
      const listener = network.listen(A.to, A.port);
      network.connections(3, A, listener);
      const { status, stdout } = explain(80);
      expect(status).toBe(0);
      expect(stdout).toContain(`TCP: a listener on 127.0.0.1, of ${COMMAND} (pid ${process.pid}`);
      expect(stdout).toContain('TCP: 3 more sockets have the port of the listener');
      expect(stdout).toContain(
        `It is outside the range ${LOW}-${HIGH}: connect() is never given it.`,
      );
      expect(stdout).toContain('Since when is not known: one look has no past');
      expect(stdout).not.toContain('To keep it');
    }));

  test('an outbound connection: towards what, of which process, and the one line that keeps the port; 1', () =>
    inNetwork((network) => {
      network.sysctl({ 'ipv4.ip_local_reserved_ports': '8080,9000-9002' });
      const port = connection(network);
      const { status, stdout } = explain(port);
      expect(status).toBe(1);
      expect(canListen('0.0.0.0', port)).toBe(false);
      expect(stdout).toContain(
        `the connection 127.0.0.1 → 127.0.0.1:80 has it as its source port; it lets go when that connection is closed`,
      );
      expect(stdout).toContain(
        `127.0.0.1 → 127.0.0.1:80, ESTABLISHED, of ${COMMAND} (pid ${process.pid}`,
      );
      expect(stdout).toContain(`in the range ${LOW}-${HIGH}, and not reserved`);
      const [, line = ''] =
        /sysctl -w net\.ipv4\.ip_local_reserved_ports=(\S+) keeps/.exec(stdout) ?? [];
      expect(line).toBe(`8080,9000-9002,${port}`);
      network.sysctl({ 'ipv4.ip_local_reserved_ports': line });
      expect(explain(port).stdout).toContain(
        ', and reserved: connect() and bind(0) are never given it.',
      );
    }));

  test('a request whose listener has closed: free, as the kernel says', () =>
    inNetwork((network) => {
      const { to, peer } = leaveRequest(network);
      const { status, stdout } = explain(to.port);
      expect(canListen(to.address, to.port)).toBe(true);
      peer.dispose();
      expect(stdout).toContain('TCP: nobody has it; a service can listen here.');
      expect(status).toBe(0);
    }));

  test('TIME_WAIT: when it lets go; the same as JSON', () =>
    inNetwork((network) => {
      const listener = network.listen(A.to, A.port);
      const client = network.connect(A);
      const port = sys.localPort(client);
      const closing = Date.now() / 1000;
      network.close(client, network.accept(listener));
      const closed = Date.now() / 1000;
      pause(20);
      const { status, stdout } = explain(port);
      expect(status).toBe(1);
      expect(stdout).toMatch(/it is in TIME_WAIT and lets go in \d+ s\./);
      expect(stdout).toMatch(/TIME_WAIT for \d+ s more\.$/m);
      const json = JSON.parse(explain(port, '--json').stdout) as {
        readonly ports: readonly {
          readonly free_in_seconds: number;
          readonly since: { readonly at_latest_seconds: number };
          readonly connections: readonly { readonly remaining_seconds: number }[];
        }[];
      };
      const [answer] = json.ports;
      expect(answer).toMatchObject({ port, status: 'taken', in_range: true, reserved: false });
      const { since } = answer ?? {};
      expect(since).toMatchObject({ known_by: 'time_wait', at_earliest_seconds: null });
      expect(since?.at_latest_seconds).toBeGreaterThanOrEqual(closing - 0.1);
      expect(since?.at_latest_seconds).toBeLessThan(closed + 0.1);
      expect(stdout).toMatch(
        /Since when: at least \d+ s: a connection was closed at the latest at/,
      );
      expect(answer?.connections).toMatchObject([{ remote_port: 80, state: 6, pid: null }]);
      const [{ remaining_seconds: left } = { remaining_seconds: 0 }] = answer?.connections ?? [];
      expect(left).toBeGreaterThan(0);
      expect(answer?.free_in_seconds).toBeGreaterThan(left);
    }));

  test('bound and idle, UDP, IPv6, nobody', () =>
    inNetwork((network) => {
      network.bindTcp('127.0.0.1', LOW + 1);
      expect(explain(LOW + 1).status).toBe(1);
      expect(explain(LOW + 1).stdout).toMatch(
        /TCP: a socket is bound to 127\.0\.0\.1 and does nothing, of/,
      );
      network.bindUdp('::1', LOW + 2);
      const udp = explain(LOW + 2);
      expect(udp.status).toBe(0);
      expect(udp.stdout).toMatch(/UDP: a socket on ::1, of/);
      expect(udp.stdout).toContain('TCP: nobody has it; a service can listen here.');
      expect(canListen('0.0.0.0', LOW + 2)).toBe(true);
      network.listen('::1', 81);
      const port = sys.localPort(network.connect({ to: '::1', port: 81 }));
      expect(explain(port).stdout).toContain('::1 → [::1]:81, ESTABLISHED');
    }));

  test.each([
    [[':0'], ':0: expected a port from :1 to :65535'],
    [[':65536'], ':65536: expected a port from :1 to :65535'],
    [[], 'or a local port such as :46580'],
    [[':1', ':2'], 'unexpected argument ":2"'],
    [[':1', '--netns=nowhere'], '--netns=nowhere: no such network namespace is seen'],
  ])('%j: an error, and 2', (words, message) =>
    inNetwork(() => {
      const outcome = run('explain', ...words, ONLY_HERE);
      expect(outcome).toMatchObject({ status: 2, stdout: '' });
      expect(outcome.stderr).toContain(message);
    }),
  );

  test('what cannot be read is not free: 3', () =>
    inNetwork(() => {
      const { status, stdout, stderr } = explain(80, '--path.procfs=/nowhere');
      expect(status).toBe(3);
      expect(stdout + stderr).toContain('/nowhere');
      expect(stdout).not.toContain('nobody');
    }));
});

/** Of these addresses the ones at which the answer says that a service cannot listen. */
function refusedIn(stdout: string): readonly string[] {
  const [, list = ''] =
    /a service cannot listen on ([^\n]*?)(?:, bind\(\) fails|\.$)/m.exec(stdout) ?? [];
  const named = list.replaceAll(/[[\]]/g, '').split(/, | or /);
  return ADDRESSES.filter(
    (address) => named.includes(address) || named.some((text) => isIn(address, text)),
  );
}

function isIn(address: string, text: string): boolean {
  if (text === 'any address') return true;
  return text === (address.includes(':') ? 'any IPv6 address' : 'any IPv4 address');
}

const ADDRESSES = ['127.0.0.1', '127.0.0.7', '0.0.0.0', '::1', '::'] as const;

/** Of the same the ones at which none can. */
function refusedByKernel(port: number): readonly string[] {
  return ADDRESSES.filter((address) => !canListen(address, port));
}

describe('explain :PORT names the addresses at which a service cannot listen', () => {
  test.each(['127.0.0.1', '::1'])('a connection from %s, and its TIME_WAIT', (to) =>
    inNetwork((network) => {
      const listener = network.listen(to, 80);
      const client = network.connect({ to, port: 80 });
      const port = sys.localPort(client);
      const open = explain(port).stdout;
      expect(refusedIn(open)).toEqual(refusedByKernel(port));
      expect(open).toContain(`To free it now: restart ${COMMAND} (pid ${process.pid}`);
      network.close(client, network.accept(listener));
      pause(20);
      const closed = explain(port).stdout;
      expect(refusedIn(closed)).toEqual(refusedByKernel(port));
      expect(closed).not.toContain('To free it');
    }),
  );

  test.each(['127.0.0.1', '0.0.0.0', '::1', '::'])('a socket bound to %s, idle', (address) =>
    inNetwork((network) => {
      network.bindTcp(address, LOW + 1);
      const { stdout } = explain(LOW + 1);
      expect(refusedIn(stdout)).toEqual(refusedByKernel(LOW + 1));
      expect(refusedByKernel(LOW + 1)).not.toEqual([]);
      expect(stdout).toContain('A service can listen ');
    }),
  );

  test.each([
    ['reserved', LOW + 3],
    ['out of the range', HIGH + 3],
  ])('a port that is %s, which a client binds by its number: no setting helps', (_, port) =>
    inNetwork((network) => {
      network.sysctl({ 'ipv4.ip_local_reserved_ports': String(LOW + 3) });
      network.bindTcp('127.0.0.1', port);
      const { stdout } = explain(port);
      expect(stdout).toContain('So its program bound it by its number');
      expect(stdout).not.toContain('ip_local_reserved_ports');
    }),
  );
});

describe('explain :PORT on a host', () => {
  test('finds the port in another namespace, and there alone where it is asked for', async () => {
    await inNetwork(async () => {
      const host = await Host.start();
      try {
        const resident = await host.namespace();
        resident.inside((network) => {
          network.range(LOW, HIGH);
          network.listen('127.0.0.1', LOW + 5);
        });
        const ask = (...flags: readonly string[]): string =>
          host.run(process.execPath, MAIN, 'explain', `:${LOW + 5}`, ...flags);
        const all = ask();
        expect(all).toContain('in network namespace host:\nTCP: nobody has it');
        expect(all).toContain(
          `in network namespace netns ${resident.netns} (sleep):\nTCP: a listener on 127.0.0.1`,
        );
        expect(ask(`--netns=${resident.netns}`)).not.toContain('namespace host');
      } finally {
        await host.stop();
      }
    });
  });
});
