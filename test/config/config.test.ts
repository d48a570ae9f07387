import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { ConfigError } from '../../src/config/config-error.ts';
import { defaultConfig } from '../../src/config/defaults.ts';
import { loadConfig, parseConfig } from '../../src/config/load.ts';

/** One bad file for each rule, with the exact message: file, line, key, what was expected. */
const BAD: readonly (readonly [string, string])[] = [
  ['pol: {}', 'c.yaml:1: unknown key "pol"; did you mean "poll"?'],
  ['poll: { intervall: 5s }', 'c.yaml:1: unknown key "poll.intervall"; did you mean "interval"?'],
  ['poll: { qwertz: 5s }', 'c.yaml:1: unknown key "poll.qwertz"'],
  ['\n\npoll: 3', 'c.yaml:3: poll: expected a mapping of keys, found 3'],
  ['poll:\n', 'c.yaml:1: poll: expected a mapping of keys, found null'],
  ['- poll', 'c.yaml:1: expected a mapping of keys, found a list'],
  ['hello', 'c.yaml:1: expected a mapping of keys, found "hello"'],
  [
    'poll:\n  interval: 5x',
    'c.yaml:2: poll.interval: expected a duration from 1s to 60s, such as 5s, found "5x"',
  ],
  [
    'poll: { interval: 61s }',
    'c.yaml:1: poll.interval: expected a duration from 1s to 60s, such as 5s, found "61s"',
  ],
  [
    'poll: { interval: 999ms }',
    'c.yaml:1: poll.interval: expected a duration from 1s to 60s, such as 5s, found "999ms"',
  ],
  [
    'poll: { interval: 5 }',
    'c.yaml:1: poll.interval: expected a duration from 1s to 60s, such as 5s, found 5',
  ],
  [
    'poll: { interval: [5s] }',
    'c.yaml:1: poll.interval: expected a duration from 1s to 60s, such as 5s, found ["5s"]',
  ],
  [
    'poll: { source: ss }',
    'c.yaml:1: poll.source: expected auto, bpf, netlink or proc, found "ss"',
  ],
  [
    'history: { window: 10s }',
    'c.yaml:1: history.window: expected a duration from 1m to 1d, such as 10m, found "10s"',
  ],
  [
    'history: { pools: 1.5 }',
    'c.yaml:1: history.pools: expected a whole number from 1 to 65536, found 1.5',
  ],
  [
    'endpoints: { limit: 0 }',
    'c.yaml:1: endpoints.limit: expected a whole number from 1 to 1000, found 0',
  ],
  [
    'endpoints: { limit_at_risk: "many" }',
    'c.yaml:1: endpoints.limit_at_risk: expected a whole number from 1 to 1000, found "many"',
  ],
  [
    'endpoints: { min_ratio: 1.1 }',
    'c.yaml:1: endpoints.min_ratio: expected a number from 0 to 1, such as 0.7, found 1.1',
  ],
  [
    'endpoints: { names: orders }',
    'c.yaml:1: endpoints.names: expected a list of {cidr, port, name}, found "orders"',
  ],
  [
    'endpoints:\n  names:\n    - { cidr: 10.0.0.0/33, name: x }',
    'c.yaml:3: endpoints.names[0].cidr: expected a network in CIDR notation, such as 10.0.0.0/8, found "10.0.0.0/33"',
  ],
  [
    'endpoints:\n  names:\n    - { cidr: 10.0.0.0/8 }',
    'c.yaml:3: endpoints.names[0].name: required',
  ],
  [
    'endpoints:\n  names:\n    - { cidr: 10.0.0.0/8, name: "" }',
    'c.yaml:3: endpoints.names[0].name: expected a name, found ""',
  ],
  [
    'endpoints:\n  names:\n    - { cidr: 10.0.0.0/8, name: x, port: 0 }',
    'c.yaml:3: endpoints.names[0].port: expected a whole number from 1 to 65535, found 0',
  ],
  [
    'namespaces: { discover: maybe }',
    'c.yaml:1: namespaces.discover: expected auto or off, found "maybe"',
  ],
  [
    'namespaces: { include: shop }',
    'c.yaml:1: namespaces.include: expected a list of pod namespaces, found "shop"',
  ],
  ['service_ports: 8080', 'c.yaml:1: service_ports: expected a list of ports, found 8080'],
  [
    'service_ports:\n  - 8080\n  - 70000',
    'c.yaml:3: service_ports[1].port: expected a port or a range, such as 8080 or 30000-30100, found 70000',
  ],
  [
    'service_ports: [30100-30000]',
    'c.yaml:1: service_ports[0].port: expected a port or a range, such as 8080 or 30000-30100, found "30100-30000"',
  ],
  [
    'service_ports: [true]',
    'c.yaml:1: service_ports[0]: expected a port or a range, such as 8080 or 30000-30100, or {port, address, pod_namespace}, found true',
  ],
  [
    'service_ports: [{ port: 80, address: here }]',
    'c.yaml:1: service_ports[0].address: expected an IP address, found "here"',
  ],
  ['service_ports: [{ port: 80, pod: shop }]', 'c.yaml:1: unknown key "service_ports[0].pod"'],
  ['service_ports: [{ address: 10.0.0.1 }]', 'c.yaml:1: service_ports[0].port: required'],
  ['namespaces: { exclude: [1] }', 'c.yaml:1: namespaces.exclude[0]: expected text, found 1'],
  [
    'alerts: { EphemeralPortsExhaustoin: {} }',
    'c.yaml:1: unknown key "alerts.EphemeralPortsExhaustoin"; did you mean "EphemeralPortsExhaustion"?',
  ],
  [
    'alerts:\n  EphemeralPortsExhaustion: { warning: 70 }',
    'c.yaml:2: alerts.EphemeralPortsExhaustion.warning: expected a number from 0 to 1, such as 0.7, found 70',
  ],
  [
    'alerts:\n  EphemeralPortsForecast: { warning: 0s }',
    'c.yaml:2: alerts.EphemeralPortsForecast.warning: expected a duration from 1s to 1d, such as 10m, found "0s"',
  ],
  [
    'alerts:\n  EphemeralPortsSlowConnect: { for: 2h }',
    'c.yaml:2: alerts.EphemeralPortsSlowConnect.for: expected a duration from 0s to 1h, such as 10s, found "2h"',
  ],
  [
    'alerts:\n  EphemeralPortsConnectFailing: { critical: 0 }',
    'c.yaml:2: alerts.EphemeralPortsConnectFailing.critical: expected a whole number from 1 to 1000000, found 0',
  ],
  [
    'endpoints: { min_ratio: .nan }',
    'c.yaml:1: endpoints.min_ratio: expected a number from 0 to 1, such as 0.7, found NaN',
  ],
  [
    'endpoints: { limit: .inf }',
    'c.yaml:1: endpoints.limit: expected a whole number from 1 to 1000, found Infinity',
  ],
  ['? [a, b]\n: 1', 'c.yaml:1: unknown key "[ a, b ]"'],
  ['poll: { ? { a: b } : 1 }', 'c.yaml:1: unknown key "poll.{ a: b }"'],
  ['"a\\nb": 1', 'c.yaml:1: unknown key "a\\nb"'],
  [
    'alerts:\n  EphemeralPortsExhaustion: { warning: 0.95, critical: 0.5 }',
    'c.yaml:2: alerts.EphemeralPortsExhaustion: expected warning below critical, found {"warning":0.95,"critical":0.5,"for":10}',
  ],
  [
    'alerts:\n  EphemeralPortsUdpExhaustion: { warning: 0.95 }',
    'c.yaml:2: alerts.EphemeralPortsUdpExhaustion: expected warning below critical, found {"warning":0.95,"critical":0.9,"for":10}',
  ],
  [
    'alerts:\n  EphemeralPortsForecast: { critical: 10m }',
    'c.yaml:2: alerts.EphemeralPortsForecast: expected warning above critical, found {"warning":600,"critical":600,"for":30,"min_usage_ratio":0.3}',
  ],
  ['poll: []', 'c.yaml:1: poll: expected a mapping of keys, found a list'],
  ['\npoll: *nope', 'c.yaml:1: Unresolved alias (the anchor must be set before the alias): nope'],
  ['poll: &p\n  interval: *p', 'c.yaml:1: Converting circular structure to JSON'],
  ['poll: {}\n---\npoll: {}', 'c.yaml:2: expected one document'],
  [
    'a: {}\nendpoints:\n  limt:\n    - 1',
    'c.yaml:1: unknown key "a"\nc.yaml:3: unknown key "endpoints.limt"; did you mean "limit"?',
  ],
  ['poll: {}\npoll: {}', 'c.yaml:2: Map keys must be unique'],
  [
    'a: [',
    'c.yaml:1: Flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
];

describe('a bad configuration says what is wrong, where', () => {
  test.each(BAD)('%j', (text, message) => {
    expect(() => parseConfig('c.yaml', text)).toThrow(new ConfigError(message));
  });

  test.each(['? [a, b]\n: 1', '? { a: b }\n: 1', 'a: !b c'])(
    '%j: the library warns of it, and nothing of that is printed',
    (text) => {
      const emitWarning = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
      expect(() => parseConfig('c.yaml', text)).toThrow(/^c\.yaml:1: unknown key [^\n]*$/);
      expect(emitWarning).not.toHaveBeenCalled();
      emitWarning.mockRestore();
    },
  );

  test('all problems are said at once', () => {
    const text = 'poll: { interval: 0s }\nendpoints: { limit: -1 }\n';
    expect(() => parseConfig('c.yaml', text)).toThrow(/c\.yaml:1: .*\nc\.yaml:2: /);
  });

  test('but no more than a screen of them', () => {
    const text = `endpoints:\n  names:\n${'    - { cidr: 10.0.0.0, name: 7 }\n'.repeat(1000)}`;
    expect(() => parseConfig('c.yaml', text)).toThrow(
      /^(?:c\.yaml:\d+: endpoints\.names\[\d+\]\.name: expected text, found 7\n){20}and 980 more problems$/,
    );
  });

  test('bytes that are no UTF-8, with their place', () => {
    const path = join(mkdtempSync(join(tmpdir(), 'epe-config-')), 'c.yaml');
    writeFileSync(path, Buffer.from('# K\xf6ln\n', 'latin1'));
    expect(() => loadConfig(path)).toThrow(
      `${path}:1: expected UTF-8, found the byte 0xf6 at offset 3`,
    );
    writeFileSync(
      path,
      Buffer.from('\ufeffendpoints:\n  names: []\n# \ufffd K\u00f6ln \xff', 'utf8'),
    );
    expect(loadConfig(path)).toEqual(defaultConfig());
    writeFileSync(path, Buffer.concat([Buffer.from('# K\u00f6ln\n# '), Buffer.from([0xff])]));
    expect(() => loadConfig(path)).toThrow(`${path}:2: expected UTF-8, found the byte 0xff at`);
  });

  test('a file that is not there', () => {
    expect(() => loadConfig('/nowhere/c.yaml')).toThrow(
      '/nowhere/c.yaml: cannot be read (Error: ENOENT',
    );
  });
});

describe('a good configuration', () => {
  test.each(['', '# nothing', '{}'])('%j is the built-in one', (text) => {
    expect(parseConfig('c.yaml', text)).toEqual(defaultConfig());
  });

  test('the built-in values', () => {
    expect(defaultConfig()).toMatchObject({
      poll: { interval: 5, source: 'auto' },
      history: { window: 600, pools: 4096 },
      endpoints: { limit: 50, limit_at_risk: 200, min_ratio: 0.01, names: [] },
      alerts: { EphemeralPortsExhaustion: { warning: 0.7, critical: 0.9, for: 10 } },
    });
  });

  test('keys that are there win, the others keep their value', () => {
    const config = parseConfig(
      'c.yaml',
      'poll: { interval: 1m }\nendpoints:\n  names: [{ cidr: "fd00::/8", port: 5432, name: db }]\n',
    );
    expect(config.poll).toEqual({ interval: 60, source: 'auto' });
    expect(config.endpoints.limit).toBe(50);
    expect(config.endpoints.names).toEqual([{ cidr: 'fd00::/8', port: 5432, name: 'db' }]);
  });
});

test('service ports are ranges, with an address in its canonical text', () => {
  const text =
    'service_ports: [80, 90-99, { port: 1-2, address: "FD00:0::1" }, { port: 3, address: "::ffff:10.0.0.1", pod_namespace: shop }]';
  expect(parseConfig('c.yaml', text).service_ports).toEqual([
    { low: 80, high: 80, address: '', podNamespace: '' },
    { low: 90, high: 99, address: '', podNamespace: '' },
    { low: 1, high: 2, address: 'fd00::1', podNamespace: '' },
    { low: 3, high: 3, address: '10.0.0.1', podNamespace: 'shop' },
  ]);
});
