import { describe, expect, test } from 'vitest';
import { commandName, COMMANDS, findCommand } from '../../src/cli/commands.ts';
import { FlagError } from '../../src/cli/flags/flag.ts';
import { commandHelp, helpText } from '../../src/cli/flags/help.ts';
import { run } from '../support/exporter.ts';

describe('commands', () => {
  test('are the first word; without one it is the daemon', () => {
    expect(commandName(['check', '--netns=host'])).toBe('check');
    expect(commandName(['--once', 'check'])).toBeUndefined();
    expect(commandName([])).toBeUndefined();
  });

  test.each([
    ['chek', 'unknown command "chek"; did you mean "check"?'],
    ['qwertzuiop', 'unknown command "qwertzuiop"'],
    ['', 'unknown command ""'],
  ])('%j is refused', (name, message) => {
    expect(() => findCommand(name)).toThrow(new FlagError(message));
  });

  test('are in the help of the program, each with its own', () => {
    for (const command of COMMANDS) {
      expect(helpText()).toContain(command.summary);
      const help = commandHelp(command);
      for (const { name } of command.flags)
        expect(help).toMatch(new RegExp(`^  --${name}[ =]`, 'm'));
      for (const [status, meaning] of command.exitStatuses) {
        expect(help).toContain(`  ${status}  ${meaning}`);
      }
    }
  });
});

describe('the program', () => {
  test('refuses a command that it does not know, with the nearest name', () => {
    expect(run('chek', '--netns=host')).toEqual({
      status: 2,
      stdout: '',
      stderr: 'ephemeral-port-exporter: unknown command "chek"; did you mean "check"?\n',
    });
  });

  test('prints the help of a command, whatever else is asked', () => {
    const { status, stdout } = run('check', '--qwertz', '--help');
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Usage: ephemeral-port-exporter check \[flags\]$/m);
  });

  test('takes no flag of the daemon with a command', () => {
    expect(run('check', '--web.listen-address=:1').stdout).toBe(
      'PORTS UNKNOWN - unknown flag "--web.listen-address"\n',
    );
  });
});
