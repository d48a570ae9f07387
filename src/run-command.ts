import { readBuildInfo } from './build-info.ts';
import { readArguments } from './cli/flags/arguments.ts';
import type { Command, CommandOutcome, CommandProgram } from './cli/command.ts';
import { findCommand } from './cli/commands.ts';
import { DaemonError } from './cli/daemon/daemon-error.ts';
import { flagsOf } from './cli/flags/flags.ts';
import { commandHelp } from './cli/flags/help.ts';
import { print, printError } from './cli/terminal.ts';
import { KernelError } from './kernel/kernel-error.ts';
import { isUserError, SettingsLoader } from './settings.ts';

/** What the user can correct: a command, flags or a configuration that are wrong. */
const WRONG_USE = 2;

/** Runs the command `name` with the words behind it, prints its answer, and returns the exit status. */
export async function runCommand(name: string, args: readonly string[]): Promise<number> {
  let [command, program]: [Command?, CommandProgram?] = [];
  try {
    command = findCommand(name);
    if (args.includes('--help')) return print(commandHelp(command));
    program = await command.load();
    return answer(await outcomeOf(command, program, args));
  } catch (error) {
    const message = messageOf(error);
    if (program?.failed !== undefined) return answer(program.failed(message, args));
    if (!isUserError(error) && !isFailure(error)) throw error;
    printError(message);
    return isUserError(error) ? WRONG_USE : (command?.failedStatus ?? 1);
  }
}

async function outcomeOf(
  { flags }: Command,
  { run }: CommandProgram,
  args: readonly string[],
): Promise<CommandOutcome> {
  const { words, values } = readArguments(args, flags);
  const build = readBuildInfo();
  const { settings } = await new SettingsLoader(flagsOf(values), build).load(false);
  const { sampler, names } = settings;
  return run({ words, values, poll: sampler.poll, sampler, names, build });
}

/** The status is set before anything is written: a reader that closes the pipe must not turn it into another one. */
function answer({ text, status }: CommandOutcome): number {
  process.exitCode = status;
  if (text !== undefined) print(text);
  return status;
}

/** What has to be read could not be read. */
function isFailure(error: unknown): boolean {
  return error instanceof KernelError || error instanceof DaemonError;
}

function messageOf(error: unknown): string {
  if (error instanceof KernelError) return `poll failed: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
