#!/usr/bin/env node
import { readBuildInfo } from './build-info.ts';
import { type Flags, helpText, parseFlags } from './cli/flags.ts';
import type { SelfStatus } from './metrics/self-families.ts';
import { printError, guardStandardOutput, print } from './cli/terminal.ts';
import type { SamplerStatus } from './sampler/sampler.ts';
import {
  checkConfig,
  configReader,
  isUserError,
  selfStatus,
  type Settings,
  settingsOf,
} from './settings.ts';

/** Flags → settings → one poll, or the daemon: sampler → page → server. Returns the exit status. */
async function main(args: readonly string[]): Promise<number | undefined> {
  const flags = parseFlags(args);
  const build = readBuildInfo();
  if (flags.help) return print(helpText());
  if (flags.version) return print(`ephemeral-port-exporter ${build.version}`);
  const readConfig = await configReader(flags);
  if (flags.configCheck) return print(checkConfig(flags, readConfig));
  const load = (): Settings => settingsOf(flags, build, readConfig());
  return flags.once ? once(flags, load()) : serve(flags, load);
}

/**
 * Runs the daemon. Only here are server, worker thread and log imported, so that `--once` starts faster; the sampler
 * is started first, so that it polls while the others are loaded.
 */
async function serve(flags: Flags, load: () => Settings): Promise<number | undefined> {
  const settings = load();
  const { Sampler } = await import('./sampler/sampler.ts');
  const sampler = new Sampler(settings.sampler);
  sampler.start();
  const { createLog } = await import('./daemon/log.ts');
  const { runDaemon } = await import('./daemon/daemon.ts');
  const format = flags.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json');
  const log = createLog({ level: flags.logLevel, format });
  const { configFile, procfs } = flags;
  try {
    await runDaemon({ settings, sampler, load, configFile, procfs }, log);
  } catch (error) {
    await sampler.stop();
    throw error;
  }
  return undefined;
}

async function once(flags: Flags, settings: Settings): Promise<number> {
  const { pollOnce } = await import('./cli/once.ts');
  const format = flags.onceFormat ?? (process.stdout.isTTY ? 'table' : 'metrics');
  const status = (polls: SamplerStatus): SelfStatus => selfStatus(settings, polls);
  const { poll } = settings.sampler;
  const outcome = await pollOnce({ ...settings, poll, format, status });
  if (outcome.problem !== undefined) return printError(`poll failed: ${outcome.problem}`);
  if (outcome.warning !== undefined) printError(outcome.warning);
  return print(outcome.text.trimEnd());
}

guardStandardOutput();
try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!isUserError(error)) throw error;
  process.exitCode = printError(error.message);
}
