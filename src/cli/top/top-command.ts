import type { Command } from '../command.ts';
import { HELP_FLAG, INTERVAL_FLAG, POLL_FLAGS } from '../flags/poll-flags.ts';

export const TOP: Command = {
  name: 'top',
  argument: '',
  summary: 'Watch source ports live: who runs out, towards what, how fast, and what to do.',
  exitStatuses: [
    [0, 'the user has quit; or the last of --iterations polls was good'],
    [1, 'the last poll failed, or the daemon of --from gave no answer'],
    [2, 'flags or configuration are wrong'],
  ],
  flags: [
    {
      name: 'from',
      value: 'URL',
      help: "The daemon on this host's loopback to ask. Default: http://127.0.0.1:9065; where none answers: own polls.",
    },
    {
      name: 'no-daemon',
      help: 'Ask no daemon, poll here. So does each flag that says how to poll.',
    },
    {
      name: 'iterations',
      value: 'COUNT',
      help: 'End after so many polls, which are written as lines.',
    },
    { name: 'json', help: 'Print one overview per line in JSON.' },
    INTERVAL_FLAG,
    ...POLL_FLAGS,
    HELP_FLAG,
  ],
  load: async () => {
    const { top } = await import('./top.ts');
    return { run: top };
  },
};
