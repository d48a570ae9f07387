import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MAX_ALIKE, MAX_INCIDENTS } from '../../src/incidents/bounds.ts';
import type { Incident } from '../../src/incidents/incident.ts';
import { Incidents } from '../../src/incidents/incidents.ts';
import { readDocument } from '../support/documents.ts';
import { Poller } from '../../src/sampler/poll.ts';
import type { AlertSnapshot, Snapshot } from '../../src/snapshot/snapshot.ts';
import { endpoint, pollOptions } from '../support/pools.ts';
import { SteppedClock } from '../support/stepped-clock.ts';
import { IncidentStage, serve } from '../support/incident-stage.ts';
import { HIGH, inNetwork, LOW } from '../support/scenario.ts';

/** The incident that is expected to be there alone. */
function only({ newestFirst }: Incidents): Incident {
  const [incident] = newestFirst;
  expect(newestFirst).toHaveLength(1);
  if (incident === undefined) throw new Error('no incident');
  return incident;
}

describe('an incident', () => {
  test('begins with what was known of the minutes before, once for the pool', () =>
    inNetwork((network) => {
      const stage = new IncidentStage();
      const open = serve(network);
      open(50);
      stage.poll(6);
      open(45);
      stage.poll(2);
      expect(stage.incidents.newestFirst).toEqual([]);
      stage.poll(2);
      const { samples, ...incident } = only(stage.incidents);
      expect(incident).toMatchObject({
        ended_at_seconds: null,
        end_reason: '',
        times: 1,
        alerts: ['EphemeralPortsExhaustion'],
        cause: 'connection_leak',
        pool: { pool: 'connect', local_address: '127.0.0.1', remote_port: 80 },
        first: { held: 95, available: 5, capacity: 100, established: 95 },
        namespace: { range_low: LOW, range_high: HIGH, reserved: 0, blocked: 0 },
      });
      expect(incident.namespace.tcp_in_use).toBeGreaterThan(95);
      expect(incident.remedies[0]?.text).toContain('leaks sockets');
      expect(samples.map(({ held }) => held)).toEqual([
        ...Array<number>(6).fill(50),
        95,
        95,
        95,
        95,
      ]);
      const [first, second] = samples;
      expect((second?.at_seconds ?? 0) - (first?.at_seconds ?? 0)).toBe(5);
    }));

  test('keeps its worst and latest numbers while it lasts, and ends when the alert clears', () =>
    inNetwork((network) => {
      const stage = new IncidentStage();
      const open = serve(network);
      open(92);
      stage.poll(4);
      open(6);
      stage.poll(3);
      network.range(LOW, LOW + 103);
      stage.poll(2);
      expect(only(stage.incidents)).toMatchObject({
        first: { held: 92 },
        worst: { held: 98, available: 2 },
        latest: { held: 98, available: 6 },
        ended_at_seconds: null,
      });
      network.range(LOW, LOW + 999);
      stage.poll(40);
      const ended = only(stage.incidents);
      expect(ended).toMatchObject({ end_reason: 'cleared', worst: { available: 2 } });
      expect(ended.ended_at_seconds).toBeGreaterThan(ended.began_at_seconds + 100);
      const before = stage.changes.length;
      stage.poll(3);
      expect(stage.changes.length).toBe(before);
    }));

  test('that begins again soon is the same one; a day later it is another', () =>
    inNetwork((network) => {
      const stage = new IncidentStage();
      serve(network)(95);
      stage.poll(4);
      for (let flap = 0; flap < 3; flap += 1) {
        network.range(LOW, LOW + 999);
        stage.poll(40);
        network.range(LOW, HIGH);
        stage.poll(4);
      }
      expect(only(stage.incidents)).toMatchObject({ times: 4, ended_at_seconds: null });
      network.range(LOW, LOW + 999);
      stage.poll(40);
      stage.clock.step(86_400);
      stage.poll();
      network.range(LOW, HIGH);
      stage.poll(4);
      expect(stage.incidents.newestFirst.map(({ times }) => times)).toEqual([1, 4]);
    }));

  test('outlives the sampler: it goes on when the next one sees the same', () =>
    inNetwork((network) => {
      const stage = new IncidentStage();
      serve(network)(95);
      stage.poll(4);
      const { id } = only(stage.incidents);
      stage.die();
      expect(only(stage.incidents)).toMatchObject({ end_reason: 'sampler_restarted' });
      stage.poll(4);
      expect(only(stage.incidents)).toMatchObject({ id, times: 1, end_reason: '' });
    }));

  test('outlives the exporter: what lasted goes on, and its end is not made up', () =>
    inNetwork((network) => {
      const [before, after] = [new IncidentStage(), new IncidentStage()];
      serve(network)(95);
      before.poll(4);
      const { id, latest } = only(before.incidents);
      after.incidents.restore(before.incidents.newestFirst.toReversed());
      expect(only(after.incidents)).toMatchObject({
        ended_at_seconds: latest.at_seconds,
        end_reason: 'exporter_restarted',
      });
      after.poll(4);
      expect(only(after.incidents)).toMatchObject({ id, end_reason: '' });
    }));

  test('of many pools that one cause has brought into trouble is one', () =>
    inNetwork((network) => {
      const stage = new IncidentStage();
      for (let port = LOW; port < LOW + 95; port += 1) network.listen('0.0.0.0', port);
      for (const port of [80, 81, 82]) {
        network.connections(1, { to: '127.0.0.1', port }, network.listen('127.0.0.1', port));
      }
      stage.poll(6);
      const incident = only(stage.incidents);
      expect(incident.key).toContain('bound');
      expect(incident.also_in_trouble.length).toBeGreaterThan(0);
    }));

  test('that lasts for hours has samples of all of it, and few', () =>
    inNetwork((network) => {
      const stage = new IncidentStage();
      serve(network)(95);
      stage.poll(500, 20);
      const { samples, began_at_seconds: began } = only(stage.incidents);
      const later = samples.filter(({ at_seconds }) => at_seconds > began);
      expect(later.length).toBeLessThanOrEqual(40);
      expect(later.length).toBeGreaterThan(15);
      const gaps = later.map(
        ({ at_seconds }, at) => at_seconds - (later[at - 1]?.at_seconds ?? began),
      );
      expect(Math.max(...gaps)).toBeLessThan(500 * 20 * 0.2);
    }));
});

describe('incidents for programs', () => {
  const GOLDEN = new URL('../golden/incidents.json', import.meta.url).pathname;
  const VOLATILE = new Set(['at_seconds', 'began_at_seconds', 'ns_inode', 'id']);

  /** Of a table captured from a real kernel, in which one endpoint uses more than half of its ports. */
  function encoded(): string {
    const clock = new SteppedClock();
    const options = pollOptions(FIXTURE);
    const thresholds = { warning: 0.3, critical: 0.6, for: 0 };
    const alerts = { ...options.alerts, EphemeralPortsExhaustion: thresholds };
    const poller = new Poller({ ...options, alerts }, { clock });
    const incidents = new Incidents();
    for (let polls = 0; polls < 2; polls += 1) {
      incidents.update(poller.poll());
      clock.step(5);
    }
    return new TextDecoder().decode(incidents.json());
  }

  test('are the golden ones (UPDATE_GOLDEN=1 writes them)', () => {
    const value: unknown = JSON.parse(encoded(), (key, field: unknown) =>
      VOLATILE.has(key) ? 0 : field,
    );
    const text = `${JSON.stringify(value, undefined, 2)}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(GOLDEN)) writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  test('have no field that is not described', () => {
    const reference = readDocument('src/http/README.md');
    const fields = [...new Set(fieldsOf(JSON.parse(encoded())))];
    expect(fields.length).toBeGreaterThan(40);
    expect(fields.filter((field) => !reference.includes(`\`${field}\``))).toEqual([]);
  });
});

/** The names of all fields, however deep. */
function fieldsOf(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = Array.isArray(value) ? [] : Object.keys(value);
  return [...own, ...Object.values(value).flatMap(fieldsOf)];
}

const FIXTURE = new URL('../fixtures/mixed', import.meta.url).pathname;

describe('the list of incidents', () => {
  const incident = (
    id: number,
    netns: string,
    ended: number | null,
    key = String(id),
  ): Incident => {
    const figures = { ...SAMPLE, capacity: 100, available: 0, owners: [], failures: null };
    return {
      ...TEMPLATE,
      id: String(id),
      key,
      namespace: { ...TEMPLATE.namespace, netns },
      ended_at_seconds: ended,
      first: figures,
      worst: figures,
      latest: figures,
    };
  };

  test('keeps the last hundred', () => {
    const incidents = new Incidents();
    incidents.restore(
      Array.from({ length: MAX_INCIDENTS + 5 }, (_, id) => incident(id, 'host', 1)),
    );
    const ids = incidents.newestFirst.map(({ id }) => Number(id));
    expect(ids).toHaveLength(MAX_INCIDENTS);
    expect(ids[0]).toBe(MAX_INCIDENTS + 4);
    expect(ids.at(-1)).toBe(5);
  });

  test('no network namespace takes the places of another', () => {
    const incidents = new Incidents();
    incidents.restore([
      ...Array.from({ length: 5 }, (_, id) => incident(id, 'host', 1)),
      ...Array.from({ length: 200 }, (_, id) => incident(5 + id, 'noisy', 1)),
    ]);
    const hosts = incidents.newestFirst.filter(({ namespace }) => namespace.netns === 'host');
    expect(hosts).toHaveLength(5);
    expect(incidents.newestFirst).toHaveLength(MAX_INCIDENTS);
  });

  test('takes less than 2 MB, whatever others call themselves', () => {
    const stage = hostilePolls();
    const incidents = new Incidents();
    for (const snapshot of stage) incidents.update(snapshot);
    expect(incidents.newestFirst).toHaveLength(MAX_INCIDENTS);
    expect(incidents.json().byteLength).toBeLessThan(2 * 1024 * 1024);
    expect(JSON.parse(new TextDecoder().decode(incidents.json()))).toMatchObject({ omitted: 20 });
  });

  test('one that comes and goes for days leaves room for others', () => {
    const incidents = new Incidents();
    incidents.restore(Array.from({ length: 50 }, (_, id) => incident(id, 'host', id, 'same')));
    expect(incidents.newestFirst).toHaveLength(MAX_ALIKE);
  });
});

/** 200 polls in which 120 endpoints are critical, and whose owners and processes have the longest of names. */
function hostilePolls(): readonly Snapshot[] {
  const name = '\u202e\n"'.repeat(2000);
  const owner = {
    kind: 'process',
    name,
    ports: 9,
    remembered: 0,
    uid: 0,
    group: undefined,
    pids: [],
  } as const;
  const owners = {
    ageSeconds: 0,
    ports: 9,
    largest: [owner, owner, owner, owner],
    isUnfinished: false,
  };
  const processes = [1, 2, 3, 4].map((pid) => ({ pid, command: name, failures: 9 }));
  const failures = { total: 9, lastMinute: 9, isRecent: true, processes };
  const [template] = snapshots();
  const identity = template.namespaces[0]?.identity;
  if (identity === undefined) throw new Error('no namespace');
  const alertAt = (port: number): AlertSnapshot => ({
    alert: 'EphemeralPortsExhaustion',
    severity: 'critical',
    identity,
    ageSeconds: 0,
    pool: {
      ...endpoint(port, 990),
      owners,
      failures,
      riskLevel: 3,
      peakRatio: 1,
      timeToExhaustionSeconds: 0,
      earlier: undefined,
      opens: 0,
    },
  });
  const firing = Array.from({ length: 120 }, (_, port) => alertAt(port + 1));
  const past = Array.from({ length: 60 }, (_, ago) => {
    return {
      secondsAgo: 600.123 - ago,
      held: 65_535,
      established: 65_535,
      synSent: 65_535,
      timeWait: 65_535,
      closeWait: 65_535,
    };
  });
  return Array.from({ length: 200 }, (_, poll) => ({
    ...template,
    takenAtSeconds: template.takenAtSeconds + 5 * poll,
    alerts: {
      ...template.alerts,
      firing,
      transitions:
        poll === 0
          ? firing.map((alert) => ({
              ...alert,
              change: 'fired' as const,
              reason: undefined,
              threshold: 0.9,
              lastedSeconds: 0,
              past,
            }))
          : [],
    },
  }));
}

function snapshots(): readonly [Snapshot] {
  return [new Poller(pollOptions(FIXTURE)).poll()];
}

const SAMPLE = { at_seconds: 1, held: 1, established: 1, syn_sent: 0, time_wait: 0, close_wait: 0 };

const TEMPLATE: Omit<Incident, 'first' | 'worst' | 'latest'> = {
  id: '',
  began_at_seconds: 1,
  ended_at_seconds: 2,
  end_reason: 'cleared',
  times: 1,
  key: '',
  alerts: [],
  namespace: {
    netns: 'host',
    ns_inode: '',
    pod_namespace: '',
    pod_name: '',
    name: '',
    container_id: '',
    range_low: null,
    range_high: null,
    range_assumed: false,
    reserved: null,
    blocked: null,
    tcp_in_use: null,
    time_wait: null,
    udp_in_use: null,
    conntrack_entries: null,
    conntrack_limit: null,
    conntrack_insert_failed: null,
  },
  pool: { pool: 'connect', protocol: 'tcp', local_address: '', remote_address: '', remote_port: 1 },
  cause: 'unknown',
  evidence: '',
  remedies: [],
  also_in_trouble: [],
  samples: [],
};
