import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { AlertsOptions } from '../../src/alerts/rules.ts';
import type { Overview } from '../../src/answers/overview/overview.ts';
import { overviewOf } from '../../src/answers/overview/overview-of.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { ALL_ENDPOINTS } from '../../src/snapshot/describe.ts';
import { Poller } from '../../src/sampler/poll.ts';
import type { SnapshotDetails } from '../../src/snapshot/details.ts';
import { pollOptions } from '../support/pools.ts';
import { fieldsOf } from '../support/json-fields.ts';

const GOLDEN = new URL('../golden/overview.json', import.meta.url).pathname;
const REFERENCE = new URL('../../src/http/README.md', import.meta.url).pathname;
const FIXTURE = new URL('../fixtures/mixed', import.meta.url).pathname;

/** What differs from poll to poll. */
const VOLATILE = new Set(['taken_at_seconds', 'read_at_seconds']);

function polled(): SnapshotDetails {
  const poller = new Poller({
    ...pollOptions(FIXTURE),
    owners: { find: 'auto', cgroupfs: '/nowhere' },
    once: true,
  });
  poller.poll();
  const details = poller.details(ALL_ENDPOINTS);
  if (details === undefined) throw new Error('no details');
  return details;
}

function overview(details: SnapshotDetails, held: readonly number[] = []): Overview {
  return overviewOf(details, {
    intervalSeconds: 5,
    nameOf: (_, port) => (port === 5432 ? 'the \u001b[31mdatabase' : ''),
    statesOf: () =>
      held.map((count, index) => {
        return {
          secondsAgo: -index,
          held: count,
          established: 0,
          synSent: 0,
          timeWait: 0,
          closeWait: 0,
        };
      }),
  });
}

/** So low that what the table has is critical. */
function lowered(alerts: AlertsOptions): AlertsOptions {
  const exhaustion = { ...alerts.EphemeralPortsExhaustion, warning: 0.3, critical: 0.4 };
  return { ...alerts, EphemeralPortsExhaustion: exhaustion };
}

describe('the overview', () => {
  test('of a table captured from a real kernel is the golden one (UPDATE_GOLDEN=1 writes it)', () => {
    const text = `${JSON.stringify(
      overview(polled()),
      (key, value: unknown) => (VOLATILE.has(key) ? typeof value : value),
      2,
    )}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1' || !existsSync(GOLDEN)) writeFileSync(GOLDEN, text);
    expect(text).toBe(readFileSync(GOLDEN, 'utf8'));
  });

  test('has fields that src/http/README.md describes', () => {
    const reference = readFileSync(REFERENCE, 'utf8');
    const fields = new Set(fieldsOf(overview(polled())));
    expect([...fields].filter((field) => !reference.includes(`\`${field}\``))).toEqual([]);
  });

  test('calls nothing healthy that has crossed a threshold, though no alert fires yet', () => {
    const details = polled();
    const { sentence, status } = overview(details).health;
    expect([status, sentence]).toEqual(['ok', expect.stringMatching(/^Healthy: fullest is /)]);
    const thresholds = details.alerts.thresholds.map((each) => ({ ...each, threshold: 0.6 }));
    const lower = { ...details, alerts: { ...details.alerts, thresholds } };
    expect(overview(lower).health.sentence).toMatch(
      /^No alert fires yet: fullest is .* 65\.2% of /,
    );
  });

  test('says of a pool at risk whose alert waits for its hold that it is, and that none fires yet', () => {
    const poller = new Poller({
      ...pollOptions(FIXTURE),
      alerts: lowered(defaultConfig().alerts),
    });
    const { alerts } = poller.poll();
    const details = poller.details(ALL_ENDPOINTS);
    if (details === undefined) throw new Error('no details');
    expect([alerts.firing, details.pending.length > 0]).toEqual([[], true]);
    const { health, risks, namespaces, endpoints } = overview(details);
    expect(health.status).toBe('critical');
    expect(health.sentence).toMatch(/^In trouble, the alert is still pending: /);
    const [risk] = risks;
    expect(risk).toMatchObject({ is_pending: true, severity: 'critical', pool: { risk_level: 3 } });
    expect(risk?.sentence).toMatch(/; the alert is still pending$/);
    expect(namespaces[0]?.risk_level).toBe(3);
    expect(endpoints[0]?.risk_level).toBe(3);
    expect(overview(polled()).risks.map(({ is_pending }) => is_pending)).not.toContain(true);
  });

  test('keeps the peaks of a history that is longer than what is drawn', () => {
    const held = Array.from({ length: 300 }, (_, poll) => (poll === 150 ? 99 : poll % 7));
    const [risk] = overview(polled(), held).risks;
    expect(risk?.history).toHaveLength(60);
    expect(risk?.history).toContain(99);
  });

  test('has no control character in a name', () => {
    const { endpoints } = overview(polled());
    const names = endpoints.map((row) => row.remote_name).filter((name) => name !== '');
    expect(names.length).toBeGreaterThan(0);
    expect(names.every((name) => name === String.raw`the \x1b[31mdatabase`)).toBe(true);
  });

  test('lists 5,000 endpoints, the fullest, and counts the others', () => {
    const details = polled();
    const [host] = details.namespaces;
    const [some] = host?.fullest.get('connect') ?? [];
    if (host === undefined || some === undefined) throw new Error('nothing was polled');
    const many = Array.from({ length: 5100 }, (_, index) => {
      const remoteAddress = `10.1.${index >> 8}.${index & 255}`;
      return { ...some, remoteAddress, held: index, available: some.capacity - index };
    });
    const kinds = host.kinds.map((kind) =>
      kind.kind === 'connect' ? { ...kind, alive: 5200 } : kind,
    );
    const namespaces = [{ ...host, kinds, fullest: new Map([['connect', many]]) }];
    const { endpoints, omitted_endpoints } = overview({ ...details, namespaces });
    expect(endpoints).toHaveLength(5000);
    expect(omitted_endpoints).toBe(200);
    expect(endpoints.at(0)?.available).toBe(Math.min(...many.map(({ available }) => available)));
    expect(new Set(endpoints.map(({ id }) => id)).size).toBe(5000);
  });
});
