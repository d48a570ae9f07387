import { describe, expect, test } from 'vitest';
import { FlagError } from '../../../src/cli/flags/flag.ts';
import { parseFlags } from '../../../src/cli/flags/flags.ts';
import { helpText } from '../../../src/cli/flags/help.ts';
import { formatListenAddress, parseListenAddress } from '../../../src/http/listen-address.ts';

describe('flags', () => {
  test('without any', () => {
    expect(parseFlags([])).toMatchObject({
      listenAddresses: [':9065'],
      telemetryPath: '/metrics',
      procfs: '/proc',
      once: false,
      logLevel: 'info',
    });
  });

  test('with a value behind "=" or as the next word; the last one wins', () => {
    expect(parseFlags(['--poll.interval=2s', '--poll.interval', '3s']).pollIntervalSeconds).toBe(3);
  });

  test('a repeatable one', () => {
    const flags = parseFlags(['--web.listen-address=:1', '--web.listen-address=:2']);
    expect(flags.listenAddresses).toEqual([':1', ':2']);
  });

  test('names with commas between, and again', () => {
    const flags = parseFlags(['--web.allowed-hosts=a.example, b', '--web.allowed-hosts=c']);
    expect(flags.allowedHosts).toEqual(['a.example', 'b', 'c']);
    expect(flags).toMatchObject({ maxRequests: 40, exporterMetrics: true, systemdSocket: false });
  });

  test.each([
    [
      ['--web.allowed-hosts=a.example:9065'],
      '--web.allowed-hosts: expected names such as node1.example.com, without a port, found "a.example:9065"',
    ],
    [
      ['--web.max-requests=-1'],
      '--web.max-requests: expected a whole number such as 40, found "-1"',
    ],
    [['--pol.interval=5s'], 'unknown flag "--pol.interval"; did you mean "--poll.interval"?'],
    [['--qwertz'], 'unknown flag "--qwertz"'],
    [['-x'], 'unknown flag "-x"'],
    [['metrics'], 'unexpected argument "metrics"'],
    [['--once=yes'], '--once: takes no value, found "yes"'],
    [['--config.file'], '--config.file: expected a value, as in --config.file=FILE'],
    [['--config.file='], '--config.file: expected a value, as in --config.file=FILE'],
    [['--poll.interval=5'], '--poll.interval: expected a duration from 1s to 60s, found "5"'],
    [['--poll.interval=2m'], '--poll.interval: expected a duration from 1s to 60s, found "2m"'],
    [
      ['--web.telemetry-path=/-/ready'],
      '--web.telemetry-path: expected a free path such as /metrics, found "/-/ready"',
    ],
    [['--path.procfs', '--once'], '--path.procfs: expected a value, as in --path.procfs=DIR'],
    [['--once.format=xml'], '--once.format: expected metrics, table, found "xml"'],
    [
      ['--log.level=loud'],
      '--log.level: expected trace, debug, info, warn, error, fatal, found "loud"',
    ],
    [['--log.format=xml'], '--log.format: expected json, pretty, found "xml"'],
    [['--poll.source=ss'], '--poll.source: expected auto, bpf, netlink, proc, found "ss"'],
    [
      ['--web.telemetry-path=metrics'],
      '--web.telemetry-path: expected a free path such as /metrics, found "metrics"',
    ],
  ])('%j is refused', (args, message) => {
    expect(() => parseFlags(args)).toThrow(new FlagError(message));
  });

  test('the help names each flag of the contract', () => {
    const flags = [
      'config.file',
      'config.check',
      'web.listen-address',
      'web.systemd-socket',
      'web.telemetry-path',
      'web.disable-page',
      'web.external-url',
      'web.route-prefix',
      'web.allowed-hosts',
      'web.max-requests',
      'web.disable-exporter-metrics',
      'path.procfs',
      'path.tracefs',
      'path.pod-logs',
      'poll.interval',
      'poll.source',
      'once',
      'once.format',
      'log.level',
      'log.format',
      'version',
      'help',
    ];
    for (const flag of flags) expect(helpText()).toMatch(new RegExp(`^  --${flag}[ =]`, 'm'));
  });
});

describe('listen addresses', () => {
  test.each([
    [':9065', { host: undefined, port: 9065 }],
    ['127.0.0.1:1', { host: '127.0.0.1', port: 1 }],
    ['[::1]:9065', { host: '::1', port: 9065 }],
    ['localhost:9065', { host: 'localhost', port: 9065 }],
  ])('%s', (text, address) => {
    expect(parseListenAddress(text)).toEqual(address);
    expect(formatListenAddress(address)).toBe(text);
  });

  test.each(['9065', ':65536', '::1:9065', ':', 'a:b', ''])('%j is refused', (text) => {
    expect(() => parseListenAddress(text)).toThrow(
      `expected HOST:PORT such as :9065 or [::1]:9065, found "${text}"`,
    );
  });
});
