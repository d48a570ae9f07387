import type { EndpointQuestion } from '../../answers/explanation/endpoint-question.ts';
import type { Explanation } from '../../answers/explanation/explanation.ts';
import { explanationsJson } from '../../answers/explanation/explanation-json.ts';
import { explanationText, whatIfText } from '../../answers/explanation/explanation-words.ts';
import {
  type ChangedSettings,
  EXPECTED_CHANGE,
  parseChanges,
} from '../../answers/explanation/what-if.ts';
import { MAY_FAIL, WAS_NONE } from '../../answers/explanation/nearly-none.ts';
import { nearlyOf } from '../../answers/explanation/outcome.ts';
import { historyLines } from '../../answers/explanation/history-words.ts';
import { incidentLines } from '../../incidents/incident-words.ts';
import { printableJson, printableLines } from '../../answers/printable.ts';
import { PollProgress } from '../poll-progress.ts';
import { type Explained, explainIn, pollTowards, withChanges } from '../../sampler/explain.ts';
import type { CommandCall, CommandOutcome } from '../command.ts';
import { FlagError } from '../flags/flag.ts';
import { namespaceChoice } from '../namespace-choice.ts';
import { askPast, daemonChoice, type Past } from './daemon-past.ts';
import { unknownNamespace } from '../unknown-namespace.ts';

/** Exit statuses: see `explain-command.ts`. */
const [CLEAR, TROUBLE] = [0, 1];

/** Endpoints that are explained: several local addresses may talk to one destination. A screen each. */
const MAX_EXPLAINED = 5;

/**
 * Explains what connect() to the destination meets, in the namespaces that talk to it, or else in that of the caller, or the
 * host's; or in the chosen ones. `changes` are what `--what-if` names. Throws `FlagError` and `KernelError`.
 */
export async function explainRemote(
  question: EndpointQuestion,
  changes: readonly string[],
  { values, poll }: CommandCall,
): Promise<CommandOutcome> {
  const wanted = changesOf(changes);
  const choice = namespaceChoice(values);
  const daemon = daemonChoice(values);
  const details = PollProgress.during((onNamespace) =>
    pollTowards(question, poll, { onNamespace }),
  );
  const found = explainIn(question, details, choice, { options: poll });
  if (found.length === 0) {
    const known = [...details.namespaces, ...details.gated].map(({ identity }) => identity);
    throw unknownNamespace(known, choice.text);
  }
  const past = await askPast(question, daemon);
  const explanations = found.map((explanation) => withPast(explanation, past));
  const explained = withChanges(explanations, question, wanted, poll);
  const status = explanations.every(isGranted) ? CLEAR : TROUBLE;
  if (values.has('json')) {
    const json = {
      ...explanationsJson(explained, (explanation) => past.historyOf(explanation) ?? null),
      incidents: past.incidentsOf === undefined ? null : explanations.flatMap(past.incidentsOf),
    };
    return { text: printableJson(JSON.stringify(json, null, 2)), status };
  }
  return { text: printableLines(textOf(question, explained, changes.join(' '), past)), status };
}

function textOf(
  { to, port }: EndpointQuestion,
  explained: readonly Explained[],
  change: string,
  past: Past,
): string {
  const blocks = explained.slice(0, MAX_EXPLAINED).map(({ explanation, whatIf }) => {
    const what = whatIf && whatIfText(change, explanation, whatIf);
    const blocks = [explanationText(explanation), pastText(explanation, past), what];
    return blocks.filter((block) => block !== undefined && block !== '').join('\n\n');
  });
  const more = explained.length - MAX_EXPLAINED;
  const rest =
    more > 0
      ? [
          `… and ${more} more local addresses that talk to it: name one, as in "ADDRESS → ${to}:${port}".`,
        ]
      : [];
  const untold = past.untold === '' ? [] : [past.untold];
  return [...blocks, ...rest, ...untold].join('\n\n');
}

/** What the daemon told of the endpoint; empty where none was asked, or it told nothing. */
function pastText(explanation: Explanation, { historyOf, incidentsOf }: Past): string {
  const nowSeconds = Date.now() / 1000;
  const history = historyOf(explanation);
  const incidents = incidentsOf?.(explanation) ?? [];
  return [
    ...(history === undefined ? [] : historyLines(history)),
    ...incidentLines(incidents, nowSeconds),
  ].join('\n');
}

/** The explanation, where ports are left, as a daemon sees it that knows that there were none, or that they run out. */
function withPast(explanation: Explanation, { historyOf, isNearlyNone }: Past): Explanation {
  const { outcome, calculation, namespace } = explanation;
  if (outcome.kind !== 'granted') return explanation;
  const wasNone = (historyOf(explanation)?.usage_ratio_peak ?? 0) >= 1;
  if (!wasNone && !isNearlyNone(explanation)) return explanation;
  const nearly = wasNone ? WAS_NONE : MAY_FAIL;
  return { ...explanation, outcome: nearlyOf(outcome, calculation, namespace, nearly) };
}

function isGranted({ outcome }: Explanation): boolean {
  return outcome.kind === 'granted';
}

function changesOf(texts: readonly string[]): ChangedSettings | undefined {
  if (texts.length === 0) return undefined;
  const changes = parseChanges(texts);
  if (changes === undefined)
    throw new FlagError(`--what-if: ${EXPECTED_CHANGE}, found "${texts.join(' ')}"`);
  return changes;
}
