import type { Command } from '../command.ts';
import { NAMESPACE_FLAGS } from '../namespace-choice.ts';
import { HELP_FLAG, JSON_FLAG, POLL_FLAGS } from '../flags/poll-flags.ts';

export const REPORT: Command = {
  name: 'report',
  argument: '',
  summary: 'Write all that is known in 60 columns, for an incident channel or a ticket.',
  exitStatuses: [
    [0, 'the report is written'],
    [1, 'the poll failed'],
    [2, 'flags or configuration are wrong'],
  ],
  flags: [
    {
      name: 'redact',
      help: 'Replace addresses and names, the same by the same. Loopback and wildcard addresses stay.',
    },
    JSON_FLAG,
    ...NAMESPACE_FLAGS,
    ...POLL_FLAGS,
    HELP_FLAG,
  ],
  load: async () => {
    const { report } = await import('./report.ts');
    return { run: report };
  },
};
