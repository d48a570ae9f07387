import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { hasBpf } from '../support/bpf.ts';
import { Daemon } from '../support/daemon.ts';
import type { Connection, Network, Target } from '../../deploy/demo/lab/network.ts';
import { inNetwork, LOW } from '../support/scenario.ts';
import { SyscallError } from '../../deploy/demo/lab/syscalls.ts';

/** The standard client: it leaks 4 connections a second to one service and churns 3 a second beside. */
const [LEAKED, CHURNED] = [4, 3];
const TARGET: Target = { to: '10.1.2.3', port: 80 };

interface LogLine {
  readonly time: string;
  readonly alert?: string;
  readonly severity?: string;
  readonly change?: string;
  readonly msg: string;
  readonly available?: number;
}

/** Those of the endpoint. That `bind(0)` finds no port any more either is told too, as a hint. */
function transitions(daemon: Daemon): LogLine[] {
  const lines = daemon.stderr.split('\n').filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as LogLine)
    .filter(({ alert }) => alert !== undefined && alert !== 'EphemeralPortsBindExhaustion');
}

/** One second of the client; false when a connect was refused. */
function second(network: Network, listener: number, leaked: Connection[]): boolean {
  try {
    leaked.push(...network.connections(LEAKED, TARGET, listener));
    const churned = network.connections(CHURNED, TARGET, listener);
    for (const { client } of churned) network.close(client);
    for (const { server } of churned) network.close(server);
    return true;
  } catch (error) {
    if (error instanceof SyscallError && error.errno === 'EADDRNOTAVAIL') return false;
    throw error;
  }
}

test('a leak is foreseen, told in order, and clears once', { timeout: 700_000 }, () =>
  inNetwork(async (network) => {
    network.addAddress(TARGET.to);
    network.range(LOW, LOW + 999);
    const listener = network.listen(TARGET.to, TARGET.port);
    const daemon = await Daemon.start('--poll.interval=5s', '--log.format=json');
    const leaked: Connection[] = [];
    const begin = Date.now();
    while (second(network, listener, leaked)) {
      expect(Date.now() - begin).toBeLessThan(400_000);
      await sleep(1000 - ((Date.now() - begin) % 1000));
    }
    const refused = Date.now();
    const timeOf = (alert: string, severity: string): number => {
      const line = transitions(daemon).find((l) => l.alert === alert && l.severity === severity);
      return line === undefined ? Number.NaN : Date.parse(line.time);
    };
    expect(refused - timeOf('EphemeralPortsForecast', 'warning')).toBeGreaterThanOrEqual(60_000);
    expect(refused - timeOf('EphemeralPortsForecast', 'critical')).toBeGreaterThan(0);
    // The last connect of the client was refused.
    const refusal = hasBpf() ? ['EphemeralPortsConnectFailing critical'] : [];
    const expected = [
      'EphemeralPortsForecast warning',
      'EphemeralPortsSlowConnect info',
      'EphemeralPortsForecast critical',
      'EphemeralPortsExhaustion warning',
      'EphemeralPortsExhaustion critical',
      ...refusal,
    ];
    const firings = (): LogLine[] => transitions(daemon).filter(({ change }) => change === 'fired');
    await daemon.until('all alerts have fired', () =>
      Promise.resolve(firings().length >= expected.length),
    );
    // Any that must not fire would do so at the next poll.
    await sleep(6000);
    for (const { client, server } of leaked) network.close(server, client);
    const fired = firings();
    expect(fired.map(({ alert, severity }) => `${alert} ${severity}`)).toEqual(expected);
    expect(fired.every(({ msg }) => msg.includes('10.1.2.3 → 10.1.2.3:80'))).toBe(true);
    for (let waited = 0; waited < 250_000; waited += 1000) {
      if (transitions(daemon).filter(({ change }) => change === 'cleared').length >= fired.length)
        break;
      await sleep(1000);
    }
    await sleep(20_000);
    const all = transitions(daemon).map(
      ({ alert, severity, change }) => `${alert} ${severity} ${change}`,
    );
    expect(new Set(all).size).toBe(all.length);
    expect(all).toHaveLength(2 * fired.length);
    expect((await daemon.metrics()).value('risk_level')).toBe(0);
    await daemon.stop('SIGKILL');
  }),
);
