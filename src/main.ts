#!/usr/bin/env node
import { readBuildInfo } from './build-info.ts';
import { type Flags, helpText, parseFlags } from './flags.ts';
import type { SelfStatus } from './metrics/self-families.ts';
import type { SamplerStatus } from './sampler/sampler.ts';
import { fallbackText } from './snapshot.ts';
import { checkConfig, isUserError, readSettings, selfStatus, type Settings } from './settings.ts';

/** Flags → settings → one poll, or the daemon: sampler → page → server. Returns the exit status. */
async function main(args: readonly string[]): Promise<number | undefined> {
  const flags = parseFlags(args);
  const build = readBuildInfo();
  if (flags.help) return print(helpText());
  if (flags.version) return print(`ephemeral-port-exporter ${build.version}`);
  if (flags.configCheck) return print(checkConfig(flags));
  const settings = readSettings(flags, build);
  return flags.once ? once(flags, settings) : serve(flags, settings);
}

/**
 * The server, the worker and the log are loaded only by the daemon: `--once` starts at once. The sampler
 * polls for the first time while the rest is loaded.
 */
async function serve(flags: Flags, settings: Settings): Promise<number | undefined> {
  const { Sampler } = await import('./sampler/sampler.ts');
  const sampler = new Sampler(settings.sampler);
  sampler.start();
  const { createLog } = await import('./log.ts');
  const { runDaemon } = await import('./daemon.ts');
  const format = flags.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json');
  const log = createLog({ level: flags.logLevel, format });
  const { configFile, procfs } = flags;
  const load = (): Settings => readSettings(flags, settings.build);
  try {
    await runDaemon({ settings, sampler, load, configFile, procfs }, log);
  } catch (error) {
    await sampler.stop();
    throw error;
  }
  return undefined;
}

async function once(flags: Flags, settings: Settings): Promise<number> {
  const { pollOnce } = await import('./once/once.ts');
  const format = flags.onceFormat ?? (process.stdout.isTTY ? 'table' : 'metrics');
  const status = (polls: SamplerStatus): SelfStatus => selfStatus(settings, polls);
  const { poll } = settings.sampler;
  const outcome = await pollOnce({ ...settings, poll, format, status });
  if (outcome.problem !== undefined) return complain(`poll failed: ${outcome.problem}`);
  if (outcome.fallbackReason) complain(fallbackText(outcome.fallbackReason));
  return print(outcome.text.trimEnd());
}

function complain(text: string): number {
  process.stderr.write(`ephemeral-port-exporter: ${text}\n`);
  return 1;
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

/** A reader that has gone, as in `| head -1`, is no error; a full disk is. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`ephemeral-port-exporter: standard output: ${error.message}\n`);
  process.exit(1);
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!isUserError(error)) throw error;
  process.stderr.write(`ephemeral-port-exporter: ${error.message}\n`);
  process.exitCode = 1;
}
