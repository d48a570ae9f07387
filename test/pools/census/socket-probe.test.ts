import { expect, test } from 'vitest';
import { parseAddress } from '../../../src/kernel/address.ts';
import { LOCAL, REMOTE, SocketRow } from '../../../src/kernel/socket-row.ts';
import type { PortSettings } from '../../../src/kernel/proc/sysctl.ts';
import { ConnectPools } from '../../../src/pools/connect.ts';
import { PortBudget } from '../../../src/pools/port-budget.ts';
import { fullestOf } from '../../../src/snapshot/describe-pools.ts';
import { Endpoints } from '../../../src/pools/tables/endpoints.ts';
import { InspectorProbe } from '../../../src/pools/census/socket-probe.ts';
import { TcpCensus } from '../../../src/pools/census/tcp-census.ts';

/** What single sockets tell may come after rows that it is about: the order of rows must not matter. */

const [ESTABLISHED, TIME_WAIT] = [1, 6];

const settings: PortSettings = {
  range: { low: 40_000, high: 40_099 },
  rangeAssumed: false,
  reserved: [],
  timeWaitReuse: 1,
  timeWaitReuseDelayMs: 1000,
  timestamps: true,
  bindV6Only: false,
};

const withoutTimestamps = {
  inspect: () => ({ accepted: false, timestamps: false }),
  hasUsualAddress: () => true,
};

function row(localPort: number, state: number, remainingMs = 0): SocketRow {
  const cursor = new SocketRow();
  cursor.addresses.set(parseAddress('10.0.0.1'), LOCAL);
  cursor.addresses.set(parseAddress('10.0.0.2'), REMOTE);
  return Object.assign(cursor, { localPort, remotePort: 80, state, remainingMs });
}

/** What a second poll says, after an empty first one, of rows in this order. */
function secondPoll(rows: readonly SocketRow[]): object {
  const endpoints = new Endpoints();
  const budget = new PortBudget(settings);
  const probe = (): InspectorProbe => new InspectorProbe(withoutTimestamps);
  const before = new TcpCensus(settings, budget, { nowMs: 0, endpoints, probe: probe() }).finish();
  const census = new TcpCensus(settings, budget, {
    nowMs: 5000,
    before,
    endpoints,
    probe: probe(),
  });
  for (const each of rows) census.visit(each);
  census.finish();
  const pools = new ConnectPools(census, 1);
  const [usage] = fullestOf(pools, 1);
  return {
    capacity: pools.capacity,
    reusable: usage?.reusable,
    available: usage?.available,
    firstPass: usage?.firstPass?.taken,
  };
}

test.each([40_001, 40_002])('TIME_WAIT on %i of a peer without timestamps', (port) => {
  const [closed, live] = [row(port, TIME_WAIT, 57_000), row(40_010, ESTABLISHED)];
  expect(secondPoll([closed, live])).toEqual(secondPoll([live, closed]));
});
