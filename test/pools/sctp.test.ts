import fc from 'fast-check';
import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/answers/diagnosis/diagnosis.ts';
import { explain, nameOf } from '../../src/answers/words.ts';
import { AlertEvaluator } from '../../src/alerts/evaluator.ts';
import { buildRules } from '../../src/alerts/rules.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { readSctpSockets } from '../../src/kernel/proc/net/net-protocols.ts';
import { readSctp, type SctpReading } from '../../src/kernel/proc/net/net-sctp.ts';
import { readPortSettings } from '../../src/kernel/proc/sysctl.ts';
import { NAMESPACE_FAMILIES } from '../../src/metrics/namespace-families.ts';
import { subjectsOf } from '../../src/metrics/subject.ts';
import type { KindSnapshot, Snapshot } from '../../src/snapshot/snapshot.ts';
import { rankRatio } from '../../src/pools/kinds.ts';
import type { PoolUsage } from '../../src/pools/pool.ts';
import { PortBudget } from '../../src/pools/port-budget.ts';
import { SharedPools, SharedTickets } from '../../src/pools/shared-pools.ts';
import { SctpCensus } from '../../src/pools/census/sctp-census.ts';
import { Poller } from '../../src/sampler/poll.ts';
import { renderTable } from '../../src/cli/once/table.ts';
import { RemoteNames } from '../../src/config/remote-names.ts';
import { pollOptions } from '../support/pools.ts';
import { writeProcfs } from '../support/procfs.ts';
import {
  associationRow,
  ASSOCIATIONS_HEADER,
  endpointRow,
  ENDPOINTS_HEADER,
  protocolsText,
  sctpFiles,
} from '../support/sctp-procfs.ts';

interface Read {
  readonly reading: SctpReading | undefined;
  /** `4000` for an endpoint, `4000+` for an association. */
  readonly ports: readonly string[];
}

function read(files: Readonly<Record<string, string>>): Read {
  const ports: string[] = [];
  const reading = readSctp(join(writeProcfs(files), 'net'), (port, associated) => {
    ports.push(`${port}${associated ? '+' : ''}`);
  });
  return { reading, ports };
}

const lines = (...all: readonly string[]): string => all.map((line) => `${line}\n`).join('');

describe('tables', () => {
  test('endpoints and associations, whatever their addresses', () => {
    const { reading, ports } = read(
      sctpFiles(
        [
          endpointRow(36412, ['0.0.0.0']),
          endpointRow(5, ['::1']),
          endpointRow(65535, ['127.0.0.1', '10.0.0.1', 'fd00:0000:0000:0000:0000:0000:0000:0001']),
        ],
        [
          associationRow(40001, ['*127.0.0.1'], ['*127.0.0.1']),
          associationRow(40002, [], ['*10.0.0.2', '10.0.0.3']),
        ],
      ),
    );
    expect(ports).toEqual(['36412', '5', '65535', '40001+', '40002+']);
    expect(reading).toEqual({ rows: 5, malformedRows: 0 });
  });

  test('nothing but headers', () => {
    expect(read(sctpFiles([], []))).toEqual({ reading: { rows: 0, malformedRows: 0 }, ports: [] });
  });

  test('a row twice is a port once', () => {
    const census = new SctpCensus(new PortBudget(readPortSettings('/nowhere')));
    const row = associationRow(40001, ['*127.0.0.1'], ['*127.0.0.1']);
    const net = join(writeProcfs(sctpFiles([], [row, row])), 'net');
    readSctp(net, (port, associated) => {
      census.visit(port, associated);
    });
    expect(census.pool.held).toBe(1);
  });

  test('columns are where the header says', () => {
    const files = {
      'net/sctp/eps': lines(
        ' ENDPT SOCK NEW STY SST LPORT HBKT UID INODE LADDRS',
        'ff00 ff01 what 2 10 4711 33 0 5 10.0.0.1 ',
      ),
      'net/sctp/assocs': lines(
        ' LPORT RPORT ASSOC SOCK LADDRS <-> RADDRS SST',
        '4712 80 ff00 ff01  *10.0.0.1 <-> *10.0.0.2 7',
      ),
    };
    expect(read(files).ports).toEqual(['4711', '4712+']);
    expect(read(files).reading).toEqual({ rows: 2, malformedRows: 0 });
  });

  test('two short rows are not one, though together they are as long as the row before', () => {
    const short = [endpointRow(2, ['::']), endpointRow(3, ['::'])];
    const long = endpointRow(1, ['::']).padEnd(short.join('\n').length);
    expect(read(sctpFiles([long, ...short], [])).ports).toEqual(['1', '2', '3']);
  });

  test('more rows than one buffer holds, of any length', () => {
    const addresses = (n: number): string[] => Array.from({ length: n % 50 }, () => '*10.20.30.40');
    const rows = Array.from({ length: 3000 }, (_, n) =>
      associationRow(n + 1, addresses(n), ['*::1']),
    );
    const { reading, ports } = read(sctpFiles([], rows));
    expect(ports).toEqual(rows.map((_, n) => `${n + 1}+`));
    expect(reading).toEqual({ rows: 3000, malformedRows: 0 });
  });
});

describe('no SCTP', () => {
  test.each([
    ['no folder', {}],
    ['no associations', { 'net/sctp/eps': lines(ENDPOINTS_HEADER, endpointRow(5, ['::'])) }],
    ['no endpoints', { 'net/sctp/assocs': lines(ASSOCIATIONS_HEADER) }],
  ])('%s: undefined, and nothing is visited', (_title, files) => {
    expect(read(files)).toEqual({ reading: undefined, ports: [] });
  });

  test('no protocols file, or one without SCTP: no socket', () => {
    expect(readSctpSockets('/nowhere')).toBe(0);
    const files = { 'net/protocols': protocolsText({ TCP: 7, UDP: 3 }) };
    expect(readSctpSockets(join(writeProcfs(files), 'net'))).toBe(0);
  });
});

describe('net/protocols', () => {
  test.each([
    [{ SCTP: 0, SCTPv6: 1 }, 0],
    [{ SCTP: 1 }, 0],
    [{ SCTP: 4, SCTPv6: 3 }, 6],
    [{ TCP: 7, SCTP: 12345, SCTPv6: 1, SCTPv7: 100 }, 12345],
  ])('%j: %i sockets besides the one of the kernel', (counts, sockets) => {
    const files = { 'net/protocols': protocolsText(counts) };
    expect(readSctpSockets(join(writeProcfs(files), 'net'))).toBe(sockets);
  });

  test.each([
    ['protocol size\nSCTP 1536\n', 'expected a table with a column "sockets"'],
    ['', 'expected a table with a column "sockets"'],
    ['protocol size sockets\nSCTP 1536 x\n', 'expected a number of SCTP sockets, found "x"'],
  ])('%j is an error, and no number', (text, problem) => {
    const net = join(writeProcfs({ 'net/protocols': text }), 'net');
    expect(() => readSctpSockets(net)).toThrow(`net/protocols: ${problem}`);
  });

  test('the column is where the header says', () => {
    const text = 'protocol  sockets size\nSCTP       9 1536\n';
    expect(readSctpSockets(join(writeProcfs({ 'net/protocols': text }), 'net'))).toBe(8);
  });
});

describe('damage', () => {
  test.each(['eps', 'assocs'])('%s cut in the middle of a row', (name) => {
    const files = sctpFiles(
      [endpointRow(1, ['::']), endpointRow(2, ['::'])],
      [associationRow(3, ['*::1'], ['*::1']), associationRow(4, ['*::1'], ['*::1'])],
    );
    const path = `net/sctp/${name}`;
    const { reading, ports } = read({ ...files, [path]: (files[path] ?? '').slice(0, -30) });
    expect(reading).toEqual({ rows: 3, malformedRows: 1 });
    expect(ports).toHaveLength(3);
  });

  test('whatever happens to some rows, the others are read and the damage is counted', () => {
    const row = (port: number): string => endpointRow(port, ['127.0.0.1', '10.0.0.1']);
    const damage = fc.constantFrom(
      (text: string) => text.slice(0, 30),
      (text: string) => text.slice(18),
      (text: string) => text.slice(40),
      (text: string) => text.replace(/ 33 +\d+/, ' 33   port'),
      (text: string) => text.replace(/ 33 +\d+/, ' 33   0'),
      (text: string) => text.replace(/ 33 +\d+/, ' 33   65536'),
      () => '',
      () => 'garbage',
      () => 'x'.repeat(70_000),
    );
    const line = fc.option(damage, { nil: undefined, freq: 2 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (damages) => {
        const rows = damages.map((break_, n) =>
          (break_ ?? ((text: string) => text))(row(n + 1000)),
        );
        const whole = damages.flatMap((break_, n) => (break_ === undefined ? [`${n + 1000}`] : []));
        const damaged = damages.length - whole.length;
        fc.pre(damaged <= Math.max(8, whole.length));
        const { reading, ports } = read(sctpFiles(rows, []));
        expect(ports).toEqual(whole);
        expect(reading).toEqual({ rows: whole.length, malformedRows: damaged });
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ['an empty file', '', 'expected a table of SCTP sockets with a column "LPORT"'],
    ['another file', 'hello\n', 'expected a table of SCTP sockets with a column "LPORT"'],
    ['no fixed place', lines(' ENDPT LADDRS LPORT'), 'with a column "LPORT"'],
    [
      'garbage',
      lines(ENDPOINTS_HEADER, ...Array.from({ length: 9 }, () => 'garbage')),
      'most rows are unreadable',
    ],
  ])('%s is an error that names it', (_title, content, problem) => {
    for (const name of ['eps', 'assocs']) {
      const files = { ...sctpFiles([], []), [`net/sctp/${name}`]: content };
      expect(() => read(files)).toThrow(problem);
      expect(() => read(files)).toThrow(`net/sctp/${name}:`);
    }
  });

  test('a file that cannot be read is an error', () => {
    const root = writeProcfs(sctpFiles([], []));
    const net = join(root, 'other');
    symlinkSync(join(root, 'net'), net);
    symlinkSync('protocols', join(root, 'net', 'protocols'));
    expect(() => readSctpSockets(net)).toThrow('protocols: is a symbolic link to itself');
  });
});

const PORTS = fc.uniqueArray(fc.integer({ min: 39_900, max: 40_200 }), { maxLength: 200 });
const RANGE = {
  'sys/net/ipv4/ip_local_port_range': '40000\t40099\n',
  'sys/net/ipv4/ip_local_reserved_ports': '40010-40014,50000\n',
};

describe('the pool', () => {
  test('distinct ports of the usable range, whoever has them', () => {
    const settings = readPortSettings(join(writeProcfs(RANGE), 'sys/net'));
    const usable = (port: number): boolean =>
      port >= 40_000 && port <= 40_099 && !(port >= 40_010 && port <= 40_014);
    fc.assert(
      fc.property(PORTS, PORTS, (endpoints, associations) => {
        const census = new SctpCensus(new PortBudget(settings));
        for (const port of endpoints) census.visit(port, false);
        for (const port of associations) census.visit(port, true);
        const held = new Set([...endpoints, ...associations].filter(usable)).size;
        const established = associations.filter(usable).length;
        const of = { namespaceId: 1, kind: 'sctp', protocol: 'sctp' };
        const pools = new SharedPools(of, [census.pool], new SharedTickets());
        expect(pools.usageAt(0)).toEqual({
          ...EMPTY,
          held,
          available: 95 - held,
          states: { ...EMPTY.states, established, other: held - established },
        });
        expect(census.inUse).toBe(endpoints.length + associations.length > 0);
      }),
    );
  });

  const EMPTY: PoolUsage = {
    namespaceId: 1,
    kind: 'sctp',
    protocol: 'sctp',
    family: 'any',
    localAddress: '',
    remoteAddress: '',
    remotePort: 0,
    capacity: 95,
    held: 0,
    states: { established: 0, synSent: 0, timeWait: 0, closeWait: 0, other: 0 },
    bound: 0,
    blocked: 0,
    reusable: 0,
    available: 95,
    returning: [],
  };

  test('of a namespace whose sockets no table shows is in use', () => {
    const settings = readPortSettings('/nowhere');
    const census = new SctpCensus(new PortBudget(settings));
    expect(census.inUse).toBe(false);
    census.sockets = 3;
    expect(census.inUse).toBe(true);
  });

  const full: PoolUsage = { ...EMPTY, held: 95, available: 0 };

  test('is ranked by its usage, and is at risk as an endpoint is', () => {
    expect(rankRatio({ ...EMPTY, held: 19, available: 76 })).toBe(0.2);
    const once = buildRules(defaultConfig().alerts).map((rule) => ({ ...rule, holdSeconds: 0 }));
    const trend = { peakRatio: 1, timeToExhaustionSeconds: 0, opens: 0 };
    const { firing } = new AlertEvaluator(once).evaluate([{ usage: full, trend }], 0);
    expect(firing.map(({ alert, severity }) => `${alert} ${severity}`)).toEqual([
      'EphemeralPortsExhaustion warning',
      'EphemeralPortsExhaustion critical',
      'EphemeralPortsForecast warning',
      'EphemeralPortsForecast critical',
    ]);
  });

  test('has a name, and the error that SCTP gives', () => {
    expect(nameOf(full)).toBe('SCTP');
    expect(explain('EphemeralPortsExhaustion', { ...full, timeToExhaustionSeconds: 0 })).toBe(
      'no port is left: connect() fails with EAGAIN',
    );
    const { remedies } = diagnose(full, {
      namespace: undefined,
      natRefusals: undefined,
      hasPods: false,
    });
    expect(remedies[0]?.text).toContain('share a one-to-many socket');
  });
});

describe('a poll', () => {
  const held = Array.from({ length: 80 }, (_, n) => associationRow(40_015 + n, ['*::1'], ['*::1']));
  const names = new RemoteNames([]);

  test('says what SCTP has left, its damage included', () => {
    const files = {
      ...RANGE,
      ...sctpFiles([endpointRow(40_000, ['::']), 'garbage'], held),
      'net/protocols': protocolsText({ SCTP: 41, SCTPv6: 43 }),
    };
    const poller = new Poller({ ...pollOptions(writeProcfs(files)), once: true });
    const snapshot = poller.poll();
    const sctp = sctpOf(snapshot);
    expect(sctp).toMatchObject({ inUse: true, omittedAtRisk: 0 });
    expect(sctp?.exported).toMatchObject([{ held: 81, available: 14, riskLevel: 2 }]);
    expect(snapshot.sources).toMatchObject([{ rows: 81, malformedRows: 1 }]);
    const text = renderTable(poller.details() ?? raise(), names);
    expect(text).toContain('\nSCTP: 14 of 95 ports available.\n');
    expect(text).toContain('! warning EphemeralPortsExhaustion: SCTP: 85.2% of 95 ports used');
  });

  test('gives SCTP the samples that UDP has, but for its families', () => {
    const files = {
      ...RANGE,
      ...sctpFiles([], held.slice(0, 19)),
      'net/protocols': protocolsText({ SCTP: 20 }),
    };
    const options = pollOptions(writeProcfs(files));
    expect(sctpSamples(new Poller(options).poll())).toEqual({
      blocked: 0,
      capacity: 95,
      worst_usage_ratio: 0.2,
      endpoints: 1,
      endpoints_omitted: 0,
      omitted_held: 0,
      endpoints_omitted_at_risk: 0,
    });
    const shortlist = { ...options.shortlist, limit: 0, limitAtRisk: 0 };
    expect(sctpSamples(new Poller({ ...options, shortlist }).poll())).toMatchObject({
      endpoints: 1,
      endpoints_omitted: 1,
      omitted_held: 19,
    });
  });

  test('keeps the series of SCTP for a while after its last port', () => {
    const root = writeProcfs({ ...RANGE, ...sctpFiles([], held) });
    const poller = new Poller(pollOptions(root));
    poller.poll();
    const idle = sctpFiles([], []);
    for (const [path, text] of Object.entries(idle)) writeFileSync(join(root, path), text);
    const snapshot = poller.poll();
    expect(sctpOf(snapshot)).toMatchObject({ held: 0, exported: [{ held: 0 }] });
    expect(sctpSamples(snapshot)).toMatchObject({ capacity: 95, endpoints: 1 });
    const endpoints = subjectsOf(snapshot, names).endpoints;
    expect(endpoints.map(({ shared }) => shared)).toMatchObject([
      { protocol: 'sctp', local_address: '', remote_address: '', remote_port: '' },
    ]);
    rmSync(join(root, 'net/sctp'), { recursive: true });
    expect(sctpSamples(poller.poll())).toEqual({});
  });

  test('without SCTP, and with SCTP that nobody uses, says nothing of it', () => {
    for (const files of [{}, sctpFiles([], [])]) {
      const poller = new Poller({ ...pollOptions(writeProcfs(files)), once: true });
      const snapshot = poller.poll();
      expect(sctpOf(snapshot)?.inUse ?? false).toBe(false);
      expect(renderTable(poller.details() ?? raise(), names)).not.toContain('SCTP');
      expect(sctpSamples(snapshot)).toEqual({});
    }
  });
});

/** The values of the namespace's families that have the label `protocol="sctp"`. */
function sctpSamples({ namespaces: [namespace] }: Snapshot): Readonly<Record<string, number>> {
  if (namespace === undefined) return {};
  const values = NAMESPACE_FAMILIES.flatMap(({ name, points }) =>
    points(namespace)
      .filter(({ labels }) => labels?.['protocol'] === 'sctp')
      .map(({ value }) => [name, value] as const),
  );
  return Object.fromEntries(values);
}

function sctpOf({ namespaces }: Snapshot): KindSnapshot | undefined {
  return namespaces[0]?.kinds.find(({ kind }) => kind === 'sctp');
}

function raise(): never {
  throw new Error('no details');
}
