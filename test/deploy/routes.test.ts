import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { ALERTMANAGER, ASKED_MONITORING, outcome } from '../support/monitoring.ts';

/** Alerts by their labels, and which receiver they go to. */
const ROUTES: readonly (readonly [string, string])[] = [
  ['alertname=EphemeralPortsExhaustion severity=critical', 'ephemeral-ports-pager'],
  ['alertname=EphemeralPortsConnectFailing severity=critical', 'ephemeral-ports-pager'],
  ['alertname=EphemeralPortsForecast severity=critical netns=host', 'ephemeral-ports-pager'],
  ['alertname=EphemeralPortsExporterAbsent severity=critical', 'ephemeral-ports-pager'],
  ['alertname=EphemeralPortsExhaustion severity=warning', 'ephemeral-ports-chat'],
  ['alertname=EphemeralPortsExporterDown severity=warning instance=a', 'ephemeral-ports-chat'],
  ['alertname=EphemeralPortsBindExhaustion severity=critical', 'ephemeral-ports-pager'],
  ['alertname=EphemeralPortsBindExhaustion severity=warning', 'ephemeral-ports-chat'],
  ['alertname=EphemeralPortsBindExhaustion severity=info', 'nobody'],
  ['alertname=EphemeralPortsRangeBlocked severity=critical pool=range', 'ephemeral-ports-pager'],
  ['alertname=EphemeralPortsRangeBlocked severity=warning pool=range', 'ephemeral-ports-chat'],
  ['alertname=EphemeralPortsSlowConnect severity=info', 'nobody'],
  ['alertname=EphemeralPortsServicePortTaken severity=warning port=8080', 'ephemeral-ports-chat'],
  ['alertname=EphemeralPortsServicePortExposed severity=info', 'nobody'],
  // An unknown severity is sent to the chat, not dropped.
  ['alertname=EphemeralPortsExhaustion', 'ephemeral-ports-chat'],
  ['alertname=NodeDown severity=critical', 'default'],
];

const { name, reason, programs } = ASKED_MONITORING;

describe(`the Alertmanager example, ${name}`, () => {
  test.skipIf(reason !== undefined)('is a good configuration', () => {
    const checked = outcome(programs.amtool, 'check-config', ALERTMANAGER);
    expect(checked).toEqual({
      status: 0,
      output: expect.stringMatching(/SUCCESS[\s\S]*7 inhibit rules/) as string,
    });
  });

  test.skipIf(reason !== undefined).each(ROUTES)('sends %s to %s', (labels, receiver) => {
    const { status, output } = outcome(
      programs.amtool,
      'config',
      'routes',
      'test',
      `--config.file=${ALERTMANAGER}`,
      `--verify.receivers=${receiver}`,
      ...labels.split(' '),
    );
    expect(output.split('\n')).toContain(receiver);
    expect(status).toBe(0);
  });
});

/** What of the example says which alerts belong together. */
interface Example {
  readonly route: { readonly routes: readonly { readonly group_by?: readonly string[] }[] };
  readonly inhibit_rules: readonly { readonly equal: readonly string[] }[];
}

test('wherever the example tells endpoints apart by the protocol it does so by the pool', () => {
  const { route, inhibit_rules } = parse(readFileSync(ALERTMANAGER, 'utf8')) as Example;
  const lists = [
    ...route.routes.map((each) => each.group_by ?? []),
    ...inhibit_rules.map(({ equal }) => equal),
  ];
  const apart = lists.filter((labels) => labels.includes('protocol') || labels.includes('pool'));
  expect(apart).toHaveLength(4);
  expect(apart.filter((labels) => !labels.includes('pool'))).toEqual([]);
});
