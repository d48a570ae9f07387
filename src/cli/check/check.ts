import { buildRules } from '../../alerts/rules.ts';
import { shortVerdict, verdictSentences } from '../../answers/verdict-words.ts';
import { type Verdict, verdictOf } from '../../answers/verdict.ts';
import { refuseWords } from '../flags/arguments.ts';
import type { CommandCall, CommandOutcome } from '../command.ts';
import { namespaceChoice, restrict } from '../namespace-choice.ts';
import { onePoll } from '../one-poll.ts';
import { performanceOf } from './performance.ts';
import { cut, PLUGIN_STATUS, pluginLine, pluginText } from './plugin-output.ts';

/**
 * node-problem-detector's plugins: 0 ok, 1 a problem, 2 unknown. It cuts messages at 80 bytes by default
 * (`pkg/custompluginmonitor/types/config.go`).
 */
const NPD_STATUS: Readonly<Record<Verdict['level'], number>> = {
  ok: 0,
  warning: 1,
  critical: 1,
  unknown: 2,
};
const NPD_MAX_BYTES = 80;

/** Polls once, and says in one line whether ports run out. Throws `FlagError` and `KernelError`. */
export function check({ words, values, poll }: CommandCall): CommandOutcome {
  refuseWords(words);
  const choice = namespaceChoice(values);
  const details = restrict(onePoll(poll).details(), choice);
  const verdict = verdictOf(details, choice.isAll);
  const { level } = verdict;
  if (values.get('exit-codes')?.at(-1) === 'npd') {
    return npdOutcome(level, shortVerdict(verdict, details));
  }
  const data = performanceOf(details, verdict, buildRules(poll.alerts));
  const text = pluginLine(level, verdictSentences(verdict, details), data);
  return { text, status: PLUGIN_STATUS[level] };
}

/** A check that could not be made knows nothing, whatever the reason. */
export function failedCheck(message: string, args: readonly string[]): CommandOutcome {
  const isNpd =
    args
      .join(' ')
      .match(/--exit-codes[= ](\w+)/g)
      ?.at(-1)
      ?.endsWith('npd') === true;
  if (isNpd) return npdOutcome('unknown', `unknown: ${message}`);
  return { text: pluginLine('unknown', [message], []), status: PLUGIN_STATUS.unknown };
}

function npdOutcome(level: Verdict['level'], text: string): CommandOutcome {
  return { text: cut(pluginText(text), NPD_MAX_BYTES), status: NPD_STATUS[level] };
}
