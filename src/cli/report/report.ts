import { hostname, machine, release, version } from 'node:os';
import { join } from 'node:path';
import { redacted } from '../../answers/report/redact.ts';
import { reportJson } from '../../answers/report/report-json.ts';
import { reportText } from '../../answers/report/report-text.ts';
import type { Report, ReportFacts } from '../../answers/report/report.ts';
import { KernelError } from '../../kernel/kernel-error.ts';
import { readNetInode } from '../../kernel/netns/netns.ts';
import { readTimeWaitSysctls } from '../../kernel/proc/time-wait-sysctls.ts';
import { refuseWords } from '../flags/arguments.ts';
import type { CommandCall, CommandOutcome } from '../command.ts';
import { namespaceChoice, restrict } from '../namespace-choice.ts';
import { onePoll } from '../one-poll.ts';

/** Polls once, and writes down everything that is known. Throws `FlagError` and `KernelError`. */
export function report({ words, values, poll, names, build }: CommandCall): CommandOutcome {
  refuseWords(words);
  const choice = namespaceChoice(values);
  const details = restrict(onePoll(poll).details(), choice);
  const whole: Report = {
    facts: factsOf(poll.procfs, build),
    details,
    isWhole: choice.isAll,
    remoteNameOf: (address, port) => names.nameOf(address, port),
  };
  const shown = values.has('redact') ? redacted(whole) : whole;
  return { text: values.has('json') ? reportJson(shown) : reportText(shown), status: 0 };
}

function factsOf(procfs: string, build: ReportFacts['build']): ReportFacts {
  return {
    build,
    hostName: hostname(),
    kernel: `${release()} ${version()} ${machine()}`,
    nodeVersion: process.version,
    ...timeWaitSysctls(procfs),
  };
}

/** `/proc/sys/net` is that of the reader: of the host's namespace where the program runs in it. */
function timeWaitSysctls(procfs: string): Pick<ReportFacts, 'timeWaitSysctls' | 'sysctlProblem'> {
  const none = 'tcp_fin_timeout and tcp_max_tw_buckets';
  try {
    const isHost = readNetInode(join(procfs, 'self/net')) === readNetInode(join(procfs, '1/net'));
    if (isHost) {
      const found = readTimeWaitSysctls(join(procfs, 'sys/net'));
      return { timeWaitSysctls: found, sysctlProblem: '' };
    }
    const sysctlProblem = `${none}: this is not the host's network namespace`;
    return { timeWaitSysctls: undefined, sysctlProblem };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { timeWaitSysctls: undefined, sysctlProblem: `${none}: ${error.message}` };
  }
}
