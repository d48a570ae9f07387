import { readFileSync, chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { missing } from '../../deploy/demo/lab/tools.ts';
import { DemoRun, NOTHING } from './demo-run.ts';

const reason = missing(
  ['prometheus', 'prometheus'],
  ['prometheus-alertmanager', 'prometheus-alertmanager'],
);

/** When a line of the summary says that it was, in milliseconds. */
function timeOf(output: string, line: string): number {
  const [, iso = ''] = new RegExp(`^${line} +[0-9:]+ {2}(\\S+Z)`, 'm').exec(output) ?? [];
  return Date.parse(iso);
}

/** How many seconds after the client began that was. */
function secondsOf(output: string, line: string): number {
  const [, minutes, seconds] = new RegExp(`^${line} +([0-9]+):([0-9]+) `, 'm').exec(output) ?? [];
  return 60 * Number(minutes) + Number(seconds);
}

interface LogLine {
  readonly time: string;
  readonly severity?: string;
  readonly alert?: string;
  readonly change?: string;
}

/** When the exporter logged that the first alert of this severity fired. */
function loggedTime(log: string, severity: string): number {
  const lines = log.split('\n').filter((line) => line.endsWith('}'));
  const fired = lines
    .map((line) => JSON.parse(line) as LogLine)
    .find((line) => line.change === 'fired' && line.severity === severity);
  return Date.parse(fired?.time ?? '');
}

interface QueryAnswer {
  readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
}

/** When Prometheus first had a warning firing, by its own series. */
function prometheusTime(demo: DemoRun): number {
  const warnings = 'ALERTS{alertstate="firing",severity="warning",remote_address="10.1.2.3"}';
  const query = encodeURIComponent(`min(min_over_time(timestamp(${warnings})[2m:1s]))`);
  const answer = demo.ask(`http://127.0.0.1:9090/api/v1/query?query=${query}`) as QueryAnswer;
  return Number(answer.data.result[0]?.value[1]) * 1000;
}

/** Waits until it has ended; the exporter's log as it last was. */
async function logUntilEnd(demo: DemoRun): Promise<string> {
  let log = '';
  while (!demo.hasEnded) {
    log = demo.file('exporter.log') || log;
    await sleep(500);
  }
  return log;
}

const NEWS = /Alertmanager +warning EphemeralPorts/;

describe.skipIf(reason !== undefined)('npm run demo', () => {
  test(
    'warns a minute or more before the first refused connect',
    { timeout: 400_000 },
    async () => {
      const demo = new DemoRun();
      await demo.says(NEWS);
      const scraped = prometheusTime(demo);
      expect(readFileSync('/proc/net/fib_trie', 'utf8')).not.toContain('10.1.2.3');
      const log = await logUntilEnd(demo);
      expect(demo.milliseconds, 'the whole').toBeLessThan(300_000);
      expect(await demo.ended(), demo.output).toBe(0);
      expect(demo.remains()).toEqual(NOTHING);

      const [exporter, prometheus, alertmanager] = [
        timeOf(demo.output, 'Warning, exporter'),
        timeOf(demo.output, 'Warning, Prometheus'),
        timeOf(demo.output, 'Warning, Alertmanager'),
      ];
      expect(secondsOf(demo.output, 'Warning, Alertmanager'), 'the first alert').toBeLessThan(90);
      const refused = timeOf(demo.output, 'First refused connect');
      expect(demo.output).toMatch(/^First refused connect .*EADDRNOTAVAIL 10\.1\.2\.3:80/m);
      expect(refused - alertmanager).toBeGreaterThanOrEqual(60_000);
      const [, lead] = /^Lead +([0-9.]+) s/m.exec(demo.output) ?? [];
      expect(Number(lead)).toBeCloseTo((refused - alertmanager) / 1000, 0);

      expect(exporter).toBe(loggedTime(log, 'warning'));
      expect(Math.abs(prometheus - scraped)).toBeLessThan(5000);
      expect(exporter).toBeLessThanOrEqual(scraped + 1000);
      expect(alertmanager).toBeGreaterThanOrEqual(scraped - 1000);
      expect(loggedTime(log, 'critical')).toBeLessThan(refused);
    },
  );

  test(
    'warns a minute or more before the first refused bind of a client that binds first',
    { timeout: 400_000 },
    async () => {
      const demo = new DemoRun(['--bind-first']);
      await demo.says(NEWS);
      const log = await logUntilEnd(demo);
      expect(demo.milliseconds, 'the whole').toBeLessThan(300_000);
      expect(await demo.ended(), demo.output).toBe(0);
      expect(demo.remains()).toEqual(NOTHING);

      const refused = timeOf(demo.output, 'First refused bind');
      expect(demo.output).toMatch(/^First refused bind .*EADDRINUSE 10\.1\.2\.3:80/m);
      expect(refused - timeOf(demo.output, 'Warning, Alertmanager')).toBeGreaterThanOrEqual(60_000);
      expect(loggedTime(log, 'critical')).toBeLessThan(refused);
      for (const alert of [
        'critical EphemeralPortsBindExhaustion',
        'warning EphemeralPortsRangeBlocked',
      ]) {
        expect(demo.output).toMatch(new RegExp(`Alertmanager +${alert}`));
      }
    },
  );

  test('fails where the ports are gone before anybody can be warned', async () => {
    const demo = new DemoRun(['--leak=40']);
    expect(await demo.ended(), demo.output).toBe(1);
    expect(demo.output).toMatch(/^First refused connect .*EADDRNOTAVAIL/m);
    expect(demo.output).toMatch(/^Lead +(none|.* too little)/m);
    expect(demo.remains()).toEqual(NOTHING);
  });

  test('leaves nothing when Ctrl-C ends it', async () => {
    const demo = new DemoRun();
    await demo.says(/ports held/);
    expect(demo.processes().length).toBeGreaterThan(6);
    expect(demo.remains().files).toHaveLength(1);
    process.kill(-(demo.process.pid ?? 0), 'SIGINT');
    await demo.ended();
    expect(demo.output).toContain('Interrupted. Everything is stopped and removed.');
    await expect.poll(() => demo.remains(), { timeout: 5000 }).toEqual(NOTHING);
  });

  test('leaves nothing when npm is told to end', async () => {
    const demo = new DemoRun();
    await demo.says(/A client has 1000/);
    demo.process.kill('SIGTERM');
    await demo.ended();
    await expect.poll(() => demo.remains(), { timeout: 5000 }).toEqual(NOTHING);
  });

  test.each([300, 1000, 2000, 3000])('leaves nothing when it is ended after %i ms', async (ms) => {
    const demo = new DemoRun();
    await sleep(ms);
    process.kill(-(demo.process.pid ?? 0), ms === 1000 ? 'SIGTERM' : 'SIGINT');
    await demo.ended();
    await expect.poll(() => demo.remains(), { timeout: 5000 }).toEqual(NOTHING);
  });

  test('leaves no process when it is killed', async () => {
    const demo = new DemoRun();
    await demo.says(/ports held/);
    process.kill(demo.pid, 'SIGKILL');
    await demo.ended();
    await expect.poll(() => demo.remains().processes, { timeout: 5000 }).toEqual([]);
    // A process takes a while to end that gives BPF programs back.
    await expect.poll(() => demo.remains().inNamespace, { timeout: 5000 }).toBe(0);
  });

  test('runs on with --keep, and says how to look around', async () => {
    const demo = new DemoRun(['--leak=400', '--keep']);
    await demo.says(/Everything runs on until Ctrl-C/);
    expect(demo.output).toMatch(/nsenter -t \d+ .*curl http:\/\/127\.0\.0\.1:9090/);
    expect(demo.ask('http://127.0.0.1:9090/api/v1/alerts')).toMatchObject({ status: 'success' });
    process.kill(-(demo.process.pid ?? 0), 'SIGINT');
    await demo.ended();
    expect(demo.output).toContain('Everything is stopped and removed.');
    await expect.poll(() => demo.remains(), { timeout: 5000 }).toEqual(NOTHING);
  });

  test('says which option is wrong', async () => {
    const demo = new DemoRun(['--leak=much']);
    expect(await demo.ended()).toBe(2);
    expect(demo.output).toContain('demo: --leak: expected 1 to 1000, found "much"');
    expect(demo.remains()).toEqual(NOTHING);
  });

  test('says what a program said that would not run', async () => {
    const demo = new DemoRun([], fake('prometheus-alertmanager', 'echo "bad luck"; exit 3'));
    expect(await demo.ended()).toBe(1);
    expect(demo.output).toContain('demo: alertmanager ended by itself (3):\n  bad luck');
    expect(demo.remains()).toEqual(NOTHING);
  });

  test('says that namespaces are not to be had', async () => {
    const demo = new DemoRun([], fake('unshare', 'echo "not allowed" >&2; exit 1'));
    expect(await demo.ended()).toBe(1);
    expect(demo.output).toMatch(/network namespaces are not to be had here.*\nnot allowed/);
  });
});

/** A folder with a program of this name that runs `script`. */
function fake(name: string, script: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'epe-fake-'));
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return folder;
}
