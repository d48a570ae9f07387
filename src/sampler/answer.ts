import { diagnosesJson } from '../answers/diagnosis/diagnoses.ts';
import { explanationsJson } from '../answers/explanation/explanation-json.ts';
import { historyJson } from '../answers/explanation/history-json.ts';
import { choiceOf } from '../answers/namespace-choice.ts';
import { overviewOf } from '../answers/overview/overview-of.ts';
import { portsJson } from '../answers/port/port-json.ts';
import type { PortPast } from '../answers/port/since.ts';
import type { RemoteNames } from '../config/remote-names.ts';
import { KernelError } from '../kernel/kernel-error.ts';
import type { PortReading } from '../scan/port-search.ts';
import { encodeDetails } from '../snapshot/encode.ts';
import { explainIn, withChanges } from './explain.ts';
import type { Poller, PollOptions } from './poll.ts';
import type { AskedPorts } from './asked-ports.ts';
import { answersAboutPort } from './port-answers.ts';
import type { Answer, ExplainQuestion, PortQuestion, Question } from './question.ts';

/** What answers are made of, beside the question. */
export interface AnswerContext {
  readonly poller: Poller;
  /** What it polls by. */
  readonly options: PollOptions;
  readonly intervalSeconds: number;
  readonly names: RemoteNames;
  /** What questions about ports found before. */
  readonly asked: AskedPorts;
}

/** Answers from the latest poll; undefined where it failed, or there was none. */
export function answer(question: Question, context: AnswerContext): Answer | undefined {
  try {
    return answerAbout(question, context);
  } catch (error) {
    // What is read anew for an answer may fail, as a poll may.
    if (!(error instanceof KernelError)) throw error;
    return { ok: false, status: 503, problem: error.message };
  }
}

function answerAbout(question: Question, context: AnswerContext): Answer | undefined {
  switch (question.about) {
    case 'snapshot': {
      const details = context.poller.details();
      return details && { ok: true, json: encodeDetails(details, diagnosesJson(details)) };
    }
    case 'overview':
      return overview(question, context);
    case 'explain':
      return explain(question, context);
    case 'port':
      return port(question, context);
  }
}

function overview(
  { maxEndpoints }: Extract<Question, { readonly about: 'overview' }>,
  { poller, intervalSeconds, names }: AnswerContext,
): Answer | undefined {
  const details = poller.details();
  if (details === undefined) return undefined;
  const found = overviewOf(details, {
    intervalSeconds,
    nameOf: (address, remotePort) => names.nameOf(address, remotePort),
    maxEndpoints,
    statesOf: (pool) => poller.statesOverTime(pool),
  });
  return json(found);
}

function explain(
  { endpoint, changes, netns, pod }: ExplainQuestion,
  { poller, options }: AnswerContext,
): Answer | undefined {
  const details = poller.detailsTowards({
    remoteAddress: endpoint.to,
    remotePort: endpoint.port,
  });
  if (details === undefined) return undefined;
  const choice = choiceOf(netns, pod);
  const explanations = explainIn(endpoint, details, choice, {
    options,
    trendOf: (pool) => poller.trendOf(pool),
  });
  if (explanations.length === 0) {
    const isQuiet = details.gated.some(({ identity }) => choice.includes(identity));
    return isQuiet ? missing(TOO_QUIET) : missing(NO_NAMESPACE);
  }
  const explained = withChanges(explanations, endpoint, changes, options);
  const answered = explanationsJson(explained, ({ pool }) =>
    historyJson(pool && poller.trendOf(pool), pool?.held ?? 0, details.takenAtSeconds),
  );
  return json(answered);
}

const NO_NAMESPACE = 'no such network namespace is seen';
const TOO_QUIET =
  'the network namespace has too few sockets to be read at each poll: the command explain reads it';

function port(
  { port: wanted, netns, pod }: PortQuestion,
  { poller, options, asked }: AnswerContext,
): Answer {
  const nowSeconds = Date.now() / 1000;
  const pastOf = (reading: PortReading): PortPast => ({
    nowSeconds,
    polls: (what) => poller.portBegan(reading.identity, wanted, what),
    questions: asked.update(wanted, reading, nowSeconds),
  });
  const choice = choiceOf(netns, pod);
  const { answers, problems } = answersAboutPort(wanted, choice, options, pastOf);
  if (answers.length + problems.length === 0) return missing(NO_NAMESPACE);
  return json(portsJson(answers, problems));
}

function missing(problem: string): Answer {
  return { ok: false, status: 404, problem };
}

function json(value: object): Answer {
  return { ok: true, json: new TextEncoder().encode(JSON.stringify(value)) };
}
