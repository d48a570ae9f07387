import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderTable } from '../../src/cli/once/table.ts';
import { RemoteNames } from '../../src/config/remote-names.ts';
import type { Census, CensusInput, CensusReading } from '../../src/pools/census/census.ts';
import { POOL_KINDS } from '../../src/pools/kinds.ts';
import type { PoolKindEntry } from '../../src/pools/pool-kind.ts';
import { SharedPools, SharedTickets } from '../../src/pools/shared-pools.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { seriesOf } from '../support/page.ts';
import { pollOptions } from '../support/pools.ts';
import { writeProcfs } from '../support/procfs.ts';

/** A protocol that Linux does not have: `net/made-up` lists the ports that its sockets hold. */
const MADE_UP_CENSUS: Census = {
  protocol: 'sctp',
  open: (namespaceId) => {
    const tickets = new SharedTickets();
    return { read: (input) => readMadeUp(input, namespaceId, tickets) };
  },
  socketsAtMost: () => undefined,
};

function readMadeUp(
  { net, budget }: CensusInput,
  namespaceId: number,
  tickets: SharedTickets,
): CensusReading {
  const ports = readFileSync(join(net, 'made-up'), 'utf8').split('\n').filter(Boolean).map(Number);
  const held = ports.filter((port) => budget.usable.has(port)).length;
  const pool = { family: 'any', capacity: budget.usableSize, held, taken: held } as const;
  const of = { namespaceId, kind: 'made_up', protocol: 'made-up' };
  const view = new SharedPools(of, [{ ...pool, established: 0 }], tickets, held > 0);
  return { views: [view], rows: ports.length, malformedRows: 0 };
}

const MADE_UP: PoolKindEntry = {
  kind: 'made_up',
  protocol: 'made-up',
  census: MADE_UP_CENSUS,
  isShared: true,
  isExported: () => true,
  feedsProtocolFamilies: true,
  countsOpens: false,
  isAutobind: false,
  countsBlockedPorts: false,
  rankedBy: 'taken',
  alerts: ['EphemeralPortsExhaustion'],
  nameOf: () => 'Made-up sockets',
  failure: 'open() fails with EMADEUP',
  remedy: 'Make up fewer of them.',
  availabilityOf: ({ available, capacity }) => `Made up: ${available} of ${capacity}.`,
};

const kinds = POOL_KINDS as PoolKindEntry[];

beforeAll(() => {
  kinds.push(MADE_UP);
});

afterAll(() => {
  kinds.splice(kinds.indexOf(MADE_UP), 1);
});

/** One poll of a namespace with a range of 100 ports, of which made-up sockets hold the first `held`. */
function pollWith(held: number): Poller {
  const ports = Array.from({ length: held }, (_, index) => 40_000 + index);
  const procfs = writeProcfs({
    'sys/net/ipv4/ip_local_port_range': '40000\t40099\n',
    'net/made-up': ports.map((port) => `${port}\n`).join(''),
  });
  return new Poller({ ...pollOptions(procfs), once: true });
}

describe('a kind that is added to the table, with a census of its own', () => {
  const LABELS =
    'netns="host",pod_namespace="",pod_name="",pool="made_up",protocol="made-up",local_address="",remote_address="",remote_port="",remote_name=""';

  test('comes out on the page: its pool, its protocol, its alert', async () => {
    const series = await seriesOf(pollWith(95).poll());
    expect(series).toContain(`ephemeral_ports_endpoint_held{${LABELS}} 95`);
    expect(series).toContain(`ephemeral_ports_endpoint_available{${LABELS}} 5`);
    expect(series).toContain(
      'ephemeral_ports_capacity{protocol="made-up",netns="host",pod_namespace="",pod_name=""} 100',
    );
    for (const severity of ['warning', 'critical']) {
      expect(series).toContain(
        `ephemeral_ports_alert{alert="EphemeralPortsExhaustion",severity="${severity}",${LABELS}} 1`,
      );
    }
    const alerts = series.filter((line) => line.startsWith('ephemeral_ports_alert{'));
    expect(alerts).toHaveLength(2);
  });

  test('comes out in the table: a line of its own, and its alert with what to do', () => {
    const poller = pollWith(100);
    poller.poll();
    const details = poller.details();
    const table = details && renderTable(details, new RemoteNames([]));
    expect(table).toContain('\nMade up: 0 of 100.\n');
    expect(table).toContain(
      '! critical EphemeralPortsExhaustion: Made-up sockets: no port is left: open() fails with EMADEUP. Make up fewer of them.',
    );
  });

  test('where no socket uses it, says nothing', async () => {
    const poller = pollWith(0);
    const series = await seriesOf(poller.poll());
    expect(series.filter((line) => line.includes('made'))).toEqual([]);
  });
});

test('kinds have names of their own, and one of them speaks for each protocol', () => {
  expect(new Set(kinds.map(({ kind }) => kind)).size).toBe(kinds.length);
  const speakers = kinds.filter(({ feedsProtocolFamilies }) => feedsProtocolFamilies);
  const protocols = new Set(kinds.map(({ protocol }) => protocol));
  expect(speakers.map(({ protocol }) => protocol).toSorted()).toEqual([...protocols].toSorted());
});
