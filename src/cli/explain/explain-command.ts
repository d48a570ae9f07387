import type { Command } from '../command.ts';
import { NAMESPACE_FLAGS } from '../namespace-choice.ts';
import { HELP_FLAG, JSON_FLAG, POLL_FLAGS } from '../poll-flags.ts';

export const EXPLAIN: Command = {
  name: 'explain',
  argument: ':PORT',
  summary: 'Say who has a local port, until when, and how to keep it for a service.',
  exitStatuses: [
    [0, 'nobody has the port, or a service listens on it'],
    [1, 'a service cannot listen: a connection has its port, or a socket that is bound and idle'],
    [2, 'flags, argument or configuration are wrong'],
    [3, 'what has the port could not be read'],
  ],
  failedStatus: 3,
  flags: [JSON_FLAG, ...NAMESPACE_FLAGS, ...POLL_FLAGS, HELP_FLAG],
  load: async () => {
    const { explain } = await import('./explain.ts');
    return { run: explain };
  },
};
