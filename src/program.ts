import { readBuildInfo } from './build-info.ts';
import { commandName } from './cli/commands.ts';
import { type Flags, parseFlags } from './cli/flags/flags.ts';
import { helpText } from './cli/flags/help.ts';
import { optimizeOnlyHotCode } from './daemon/hot-code.ts';
import type { Signals } from './daemon/signals.ts';
import type { SelfStatus } from './metrics/self-families.ts';
import { printError, guardStandardOutput, print } from './cli/terminal.ts';
import type { SamplerStatus } from './sampler/sampler.ts';
import { exitNow } from './kernel/libc.ts';
import { isUserError, type LoadedSettings, type Settings, SettingsLoader } from './settings.ts';
import { selfStatus } from './self-status.ts';

/** Runs the program with the command line `args`, and sets the exit status. `signals` may have come already. */
export async function program(signals: Signals, args: readonly string[]): Promise<void> {
  guardStandardOutput();
  try {
    process.exitCode = await main(signals, args);
  } catch (error) {
    if (!isUserError(error)) throw error;
    process.exitCode = printError(error.message);
  }
}

/** A command; or flags → settings → one poll, or the daemon: sampler → page → server. Returns the exit status. */
async function main(signals: Signals, args: readonly string[]): Promise<number | undefined> {
  const command = commandName(args);
  if (command !== undefined) return runCommandOf(command, args.slice(1), signals);
  const flags = parseFlags(args);
  if (!isDaemon(flags)) signals.release();
  const build = readBuildInfo();
  if (flags.help) return print(helpText());
  if (flags.version) return print(`ephemeral-port-exporter ${build.version}`);
  const loader = new SettingsLoader(flags, build);
  if (flags.configCheck) return check(flags, loader);
  const loaded = await loader.load(false);
  return flags.once ? once(flags, loaded.settings) : serve(flags, loaded, loader, signals);
}

async function runCommandOf(
  name: string,
  args: readonly string[],
  signals: Signals,
): Promise<number> {
  signals.release();
  const { runCommand } = await import('./run-command.ts');
  return runCommand(name, args);
}

async function check(flags: Flags, loader: SettingsLoader): Promise<number> {
  const { checkConfig } = await import('./check-config.ts');
  return print(await checkConfig(flags, loader));
}

function isDaemon({ help, version, configCheck, once }: Flags): boolean {
  return !(help || version || configCheck || once);
}

/**
 * Runs the daemon. Only here are server, worker thread and log imported, so that `--once` starts faster; the sampler
 * is started first, so that it polls while the others are loaded.
 */
async function serve(
  flags: Flags,
  loaded: LoadedSettings,
  loader: SettingsLoader,
  signals: Signals,
): Promise<number | undefined> {
  const { Sampler } = await import('./sampler/sampler.ts');
  const sampler = new Sampler(loaded.settings.sampler);
  sampler.start();
  const { createLog } = await import('./daemon/log.ts');
  const { runDaemon } = await import('./daemon/daemon.ts');
  const format = flags.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json');
  const log = createLog({ level: flags.logLevel, format });
  const { configFile, procfs } = flags;
  optimizeOnlyHotCode();
  try {
    await runDaemon({ loaded, sampler, loader, configFile, procfs, signals }, log);
  } catch (error) {
    if (await sampler.stop()) throw error;
    printError(isUserError(error) ? error.message : String(error));
    exitNow(1);
  }
  return undefined;
}

async function once(flags: Flags, settings: Settings): Promise<number> {
  const { pollOnce } = await import('./cli/once/once.ts');
  const format = flags.onceFormat ?? (process.stdout.isTTY ? 'table' : 'metrics');
  const status = (polls: SamplerStatus): SelfStatus => selfStatus(settings, polls);
  const { poll } = settings.sampler;
  const outcome = await pollOnce({ ...settings, poll, format, status });
  if (outcome.problem !== undefined) return printError(`poll failed: ${outcome.problem}`);
  if (outcome.warning !== undefined) printError(outcome.warning);
  return print(outcome.text.trimEnd());
}
