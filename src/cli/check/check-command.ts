import type { Command } from '../command.ts';
import type { FlagRow } from '../flags/flag.ts';
import { NAMESPACE_FLAGS } from '../namespace-choice.ts';
import { HELP_FLAG, POLL_FLAGS } from '../flags/poll-flags.ts';

const EXIT_CODES: FlagRow = {
  name: 'exit-codes',
  value: 'SYSTEM',
  help: 'Whose exit statuses: plugin (Nagios and its like) or npd (node-problem-detector). Default: plugin.',
  choices: ['plugin', 'npd'],
};

export const CHECK: Command = {
  name: 'check',
  argument: '',
  summary: 'Say in one line, with performance data, whether source ports run out.',
  exitStatuses: [
    [0, 'ok'],
    [1, 'warning; with --exit-codes=npd a problem, be it a warning or critical'],
    [2, 'critical; with --exit-codes=npd unknown'],
    [3, 'unknown: something could not be read, or flags or configuration are wrong'],
  ],
  flags: [EXIT_CODES, ...NAMESPACE_FLAGS, ...POLL_FLAGS, HELP_FLAG],
  load: async () => {
    const { check, failedCheck } = await import('./check.ts');
    return { run: check, failed: failedCheck };
  },
};
