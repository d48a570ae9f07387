import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { Exposition } from '../../deploy/demo/lab/exposition.ts';
import { missing, tool } from '../../deploy/demo/lab/tools.ts';
import { Container, HOST_PROCESSES, TIERS, using } from './container.ts';
import { MountedConfig } from './mounted-config.ts';
import { REVISION, runImage } from './podman.ts';

/** What is loaded late is there too: much was cut from the packages. */

const LABELS = { alert: 'EphemeralPortsExhaustion', severity: 'warning' };

function configWith(warning: number): string {
  return `alerts: { EphemeralPortsExhaustion: { warning: ${warning} } }\n`;
}

describe('one poll', () => {
  test('--once prints the metrics of a good poll', () => {
    const { status, stdout, stderr } = runImage(TIERS.none, ['--once']);
    expect([status, stderr]).toEqual([0, '']);
    expect(new Exposition(stdout).value('poll_success', { source: 'netlink' })).toBe(1);
  });

  test('--once --once.format=table', () => {
    const { status, stdout } = runImage(TIERS.none, ['--once', '--once.format=table']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Network namespace host: ports \d+-\d+/);
  });

  test('check, explain, report and top answer', () => {
    const check = runImage(TIERS.none, ['check']);
    expect(check.stdout).toMatch(/^PORTS (?:OK|WARNING|CRITICAL|UNKNOWN) - /);
    const explain = runImage(TIERS.none, ['explain', '--no-daemon', '192.0.2.7:5432']);
    expect(explain.stdout).toContain('cat /proc/sys/net/ipv4/ip_local_port_range');
    const report = runImage(TIERS.none, ['report', '--redact']);
    expect([report.status, report.stderr]).toEqual([0, '']);
    const top = runImage(TIERS.none, ['top', '--no-daemon', '--iterations=1', '--json']);
    expect(top.status).toBe(0);
    expect(JSON.parse(top.stdout)).toMatchObject({ schema: 1, health: {} });
  });

  test('--version', () => {
    const { stdout } = runImage(TIERS.none, ['--version']);
    expect(stdout).toMatch(/^ephemeral-port-exporter \d+\.\d+\.\d+\n$/);
  });
});

describe('a configuration file', () => {
  test('is checked', () => {
    const check = (content: string) => {
      const { mount, flag } = new MountedConfig(content);
      return runImage([...TIERS.none, mount], ['--config.check', flag]);
    };
    const good = check(configWith(0.6));
    expect([good.status, good.stdout]).toEqual([
      0,
      '/etc/ephemeral-port-exporter/config.yaml: good\n',
    ]);
    const bad = check('\npol: {}\n');
    expect(bad.status).toBe(1);
    expect(bad.stderr).toContain(':2: unknown key "pol"; did you mean "poll"?');
  });

  test('is in force soon after it has changed', () => {
    const config = new MountedConfig(configWith(0.6));
    const starting = Container.onHost([...TIERS.none, HOST_PROCESSES, config.mount], [config.flag]);
    return using(starting, async (container) => {
      const threshold = async (): Promise<number> =>
        (await container.nextPoll()).value('alert_threshold_ratio', LABELS);
      expect(await threshold()).toBe(0.6);
      config.write(configWith(0.5));
      // The watcher tells at once; without it a look at the file follows within half a minute.
      const startMs = performance.now();
      await container.until('the threshold is new', async () => (await threshold()) === 0.5);
      expect(performance.now() - startMs).toBeLessThan(10_000);
    });
  });
});

test('a log for people, coloured or not', () =>
  using(
    Container.onHost([...TIERS.none, HOST_PROCESSES], ['--log.format=pretty']),
    async (container) => {
      await container.nextPoll();
      expect(container.log()).toMatch(/INFO.*listening/);
    },
  ));

test('netlink, without a privilege', () =>
  using(Container.onHost([...TIERS.none, HOST_PROCESSES]), async (container) => {
    const page = await container.nextPoll();
    expect(page.value('poll_success', { source: 'netlink' })).toBe(1);
    expect(page.value('feature_enabled', { feature: 'netlink' })).toBe(1);
  }));

const noPromtool = missing(['promtool', 'prometheus']);
test.skipIf(noPromtool !== undefined)('metrics that promtool has nothing against', () =>
  using(Container.onHost([...TIERS.none, HOST_PROCESSES]), async (container) => {
    const page = await container.nextPoll();
    expect(page.labelOf('build_info', {}, 'revision')).toBe(REVISION);
    expect(page.labelOf('build_info', {}, 'nodejs')).toMatch(/^v?24\./);
    const input = await container.metricsText();
    execFileSync(tool('promtool', 'prometheus'), ['check', 'metrics'], { input });
  }),
);
