import { promtoolRemarks } from '../support/promtool-remarks.ts';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { Network } from '../../deploy/demo/lab/network.ts';
import { tool } from '../../deploy/demo/lab/tools.ts';
import { Daemon, stopDaemons } from '../support/daemon.ts';
import { temporaryFile } from '../support/exporter.ts';
import { Host, onlyChild, TIERS } from '../support/host.ts';
import { Random } from '../support/random.ts';
import { Faults, GOOD } from './faults.ts';
import { Findings } from './findings.ts';
import { Oracle } from './oracle.ts';
import { report } from './report.ts';
import { Scrapes } from './scrapes.ts';
import { Tenants } from './tenants.ts';
import { Vitals } from './vitals.ts';

/** `npm run soak`: SOAK_SECONDS (an hour) of it; SOAK_SEED plays the same choices again. */
const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 3600);
const SEED = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000);
const PROMTOOL_EVERY_MS = 20_000;
/** Fetched where it is not installed, before the network is cut off. */
const PROMTOOL = tool('promtool', 'prometheus');
/** Where the tables of the last run are put, for the README of this folder. */
const REPORT = '.cache/soak/report.md';

test(`${SECONDS} s, seed ${SEED}`, { timeout: (SECONDS + 300) * 1000 }, async () => {
  const network = Network.enter();
  network.range(50_000, 50_199);
  const host = await Host.start();
  try {
    const configFile = temporaryFile('soak.yaml', GOOD);
    const flags = [`--config.file=${configFile}`, '--log.format=json'];
    const daemon = await Daemon.startBy(
      (...command) => {
        return host.within(...TIERS.full, ...command);
      },
      ...flags,
    );
    const pid = await onlyChild(daemon.process);
    // Before the first poll a page has nothing but the exporter itself.
    await daemon.nextPoll();
    const findings = new Findings();
    const scrapes = new Scrapes(daemon.port, findings);
    const oracle = new Oracle(scrapes, findings);
    const tenants = new Tenants(host, scrapes, oracle, SEED);
    const victim = { daemon, host, pid, configFile };
    const faults = new Faults(victim, scrapes, findings, new Random(SEED + 1000));
    const vitals = new Vitals(pid, daemon, scrapes, findings);
    let promtoolRuns = 0;
    let hasFailed = false;
    const startMs = performance.now();
    const seconds = (): number => (performance.now() - startMs) / 1000;
    const isOver = (): boolean =>
      seconds() > SECONDS || hasFailed || findings.areMany || daemon.process.exitCode !== null;
    const lint = async (): Promise<void> => {
      while (!isOver()) {
        await sleep(PROMTOOL_EVERY_MS);
        const said = await promtool(scrapes.text);
        promtoolRuns += 1;
        if (said !== '') findings.add(`promtool: ${said}`);
      }
    };
    const parts = [scrapes, tenants, faults, vitals];
    const fail = (error: unknown): void => {
      findings.add(`a part of the soak failed: ${String(error)}`);
      hasFailed = true;
    };
    await Promise.all(
      [...parts.map((part) => part.run(isOver)), lint()].map((run) => run.catch(fail)),
    );
    vitals.judge();
    if (oracle.comparisons === 0) findings.add('nothing was compared with the kernel');
    const run = { seconds: seconds(), seed: SEED, scrapes, oracle, tenants, faults, vitals };
    const text = report({ ...run, findings, promtoolRuns });
    mkdirSync('.cache/soak', { recursive: true });
    writeFileSync(REPORT, `${text}\n`);
    console.log(text);
    expect(await end(daemon, pid)).toBe(0);
    expect(findings.all).toEqual([]);
  } finally {
    await stopDaemons();
    await host.stop();
    network.dispose();
  }
});

/** Ends the daemon in good order; its exit status. */
async function end({ process: started }: Daemon, pid: number): Promise<unknown> {
  const ended = once(started, 'exit');
  process.kill(pid, 'SIGTERM');
  const [status] = (await ended) as readonly unknown[];
  return status;
}

/** What `promtool check metrics` has to say that is not known; empty where that is nothing. */
async function promtool(page: string): Promise<string> {
  const child = spawn(PROMTOOL, ['check', 'metrics']);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  child.stdin.end(page);
  const [status] = (await once(child, 'close')) as readonly unknown[];
  const remarks = promtoolRemarks(said);
  return status === 0 || remarks === '' ? remarks : `status ${String(status)}: ${remarks}`;
}
