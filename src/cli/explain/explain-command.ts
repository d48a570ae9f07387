import type { Command } from '../command.ts';
import type { FlagRow } from '../flags/flag.ts';
import { NAMESPACE_FLAGS } from '../namespace-choice.ts';
import { HELP_FLAG, JSON_FLAG, POLL_FLAGS } from '../flags/poll-flags.ts';

const WHAT_IF: FlagRow = {
  name: 'what-if',
  value: 'CHANGE',
  multiple: true,
  help: 'Say what is left with other settings: range=LOW-HIGH, reserved=PORTS, tw_reuse=0|1|2; more may follow.',
};

const FROM: FlagRow = {
  name: 'from',
  value: 'URL',
  help: "A daemon on this host's loopback that knows the past. Default: http://127.0.0.1:9065, if it answers at once.",
};

const NO_DAEMON: FlagRow = { name: 'no-daemon', help: 'Ask no daemon for the past.' };

export const EXPLAIN: Command = {
  name: 'explain',
  argument: '[FROM → ]ADDRESS:PORT | :PORT',
  summary: 'Say how many connects to a destination are left, and why; or who has a local port.',
  exitStatuses: [
    [0, 'connect() would be given a port; nobody has the local port, or a service listens on it'],
    [
      1,
      'connect() would fail, or fails from time to time; a service cannot listen, because another socket has its port',
    ],
    [2, 'flags, argument or configuration are wrong'],
    [3, 'what has the port could not be read'],
  ],
  failedStatus: 3,
  flags: [WHAT_IF, FROM, NO_DAEMON, JSON_FLAG, ...NAMESPACE_FLAGS, ...POLL_FLAGS, HELP_FLAG],
  load: async () => {
    const { explain } = await import('./explain.ts');
    return { run: explain };
  },
};
