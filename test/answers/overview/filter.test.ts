import { describe, expect, test } from 'vitest';
import { FILTER_HELP, type Filterable, parseFilter } from '../../../src/answers/overview/filter.ts';

const ROW: Filterable = {
  netns: '4026532281',
  namespace: 'pod shop/cart-0',
  pool: 'connect',
  protocol: 'tcp',
  name: '10.0.0.1 → 10.0.0.2:5432',
  local_address: '10.0.0.1',
  remote_address: '10.0.0.2',
  remote_port: 5432,
  remote_name: 'orders-db',
  owner: 'nginx',
  capacity: 28_232,
  held: 27_500,
  available: 732,
  usage_ratio: 0.974,
  time_wait: 27_000,
  close_wait: 0,
  risk_level: 3,
  time_left_seconds: 90,
  refused: null,
};

function matches(text: string, row: Filterable = ROW): boolean {
  const parsed = parseFilter(text);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed.matches(row);
}

describe('a filter', () => {
  test.each([
    '',
    '  ',
    '10.0.0.2',
    'ORDERS',
    'dst:10.0.0.2:5432',
    'dst::5432',
    'dst:orders-db',
    'src:10.0.0.1',
    'pod:shop/cart',
    'process:nginx',
    'netns:4026532281',
    'netns:pod',
    'pool:tcp',
    'state:time_wait',
    'state:TIME-WAIT',
    'left<1000',
    'left<=732',
    'left=732',
    'left<1,000',
    'held>27499',
    'used>97%',
    'used>0.97',
    'used<98',
    'risk>=3',
    'end<2m',
    '/10\\.0\\.0\\.[0-9]+:5432/',
    '/cart-0 .*connect/',
    '!state:close_wait left<1000',
    '!/redis/',
  ])('%j matches', (text) => {
    expect(matches(text)).toBe(true);
  });

  test.each([
    'redis',
    'dst:10.0.0.1',
    'src:10.0.0.2',
    'pod:pod',
    'process:cart',
    'state:close_wait',
    'left<732',
    'left<1000 redis',
    'refused>=0',
    'end>2m',
    '/redis/',
    '!nginx',
  ])('%j does not match', (text) => {
    expect(matches(text)).toBe(false);
  });

  test.each([
    ['dest:1', 'unknown key "dest"; known are dst, src, pod, process, owner, netns, pool, state'],
    [
      'state:closed',
      'state: expected established, syn_sent, close_wait, time_wait, other; found "closed"',
    ],
    [
      'lef<1',
      'unknown number "lef"; known are left, held, capacity, bound, blocked, refused, risk, used, end',
    ],
    ['left<many', 'left: expected a value as in left<1000'],
    ['used>x%', 'used: expected a value as in used>80%'],
    ['end<10', 'end: expected a value as in end<10m'],
    ['/a', 'a regular expression ends with "/", as in /nginx/; found /a'],
    ['/', 'a regular expression ends with "/", as in /nginx/; found /'],
    ['!', 'what must not hold follows "!" without a blank'],
    ['/(/', 'Invalid regular expression: /(/iu: Unterminated group'],
  ])('%j is refused', (text, problem) => {
    expect(parseFilter(text)).toEqual({ problem });
  });

  test('takes an IPv6 address for a word, not for a key', () => {
    const row = { remote_address: 'fd00::2', remote_port: 80, name: 'fd00::1 → [fd00::2]:80' };
    expect(matches('fd00::2', row)).toBe(true);
    expect(matches('dst:[fd00::2]:80', row)).toBe(true);
    expect(matches('dst:fd00::1', row)).toBe(false);
  });

  test('matches nothing where a row does not have what it asks for', () => {
    expect(matches('left<1000', { netns: 'host' })).toBe(false);
    expect(matches('dst::0', { netns: 'host' })).toBe(false);
  });

  test.each(FILTER_HELP)('%s of the help is understood', (example) => {
    expect(parseFilter(example)).toHaveProperty('matches');
  });
});
