import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { faultsOfPage, linesOfPoll, pageOf } from './page-checks.ts';

const GOOD = readFileSync(new URL('../golden/mixed.prom', import.meta.url), 'utf8');

/** The golden page without the first line that matches. */
function without(line: RegExp): string {
  const text = GOOD.replace(line, '');
  expect(text).not.toBe(GOOD);
  return text;
}

describe('what the soak finds in a page', () => {
  test('nothing in the golden one', () => {
    expect(faultsOfPage(GOOD)).toEqual([]);
  });

  test.each([
    ['a family of a namespace', /^ephemeral_ports_range_high\{.*\n/m, 'there is no range_high'],
    ['what UDP can use', /^ephemeral_ports_capacity\{protocol="udp".*\n/m, 'no capacity udp'],
    ['a family of an endpoint', /^ephemeral_ports_endpoint_reusable\{.*\n/m, 'no reusable'],
    ['a state of its sockets', /^ephemeral_ports_endpoint_sockets\{.*\n/m, '4 states of sockets'],
  ])('that there is no %s', (_, line, fault) => {
    expect(faultsOfPage(without(line)).join()).toContain(fault);
  });

  test('that it is cut off, and that a number is wrong', () => {
    expect(faultsOfPage(GOOD.slice(0, -10)).join()).toContain('does not end with a line');
    const wrong = GOOD.replace(/^(ephemeral_ports_endpoint_usage_ratio\{.*\}) .*$/m, '$1 0.123');
    expect(faultsOfPage(wrong).join()).toContain('usage ratio 0.123, not');
  });
});

test('the lines of a poll are those of namespaces, and can be had of one', () => {
  expect(linesOfPoll(GOOD)).toContain('ephemeral_ports_capacity');
  expect(linesOfPoll(GOOD)).not.toContain('poll_duration');
  expect(pageOf(GOOD, 'host').samples.length).toBeGreaterThan(50);
  expect(pageOf(GOOD, '1').samples).toEqual([]);
});
