import { diagnosesJson } from '../answers/diagnosis/diagnoses.ts';
import { overviewOf } from '../answers/overview/overview-of.ts';
import type { RemoteNames } from '../config/remote-names.ts';
import { encodeDetails } from '../snapshot/encode.ts';
import type { Poller } from './poll.ts';
import type { Answer, Question } from './question.ts';

/** What answers are made of, beside the question. */
export interface AnswerContext {
  readonly poller: Poller;
  readonly intervalSeconds: number;
  readonly names: RemoteNames;
}

/** Answers from the latest poll; undefined where it failed, or there was none. */
export function answer(
  question: Question,
  { poller, intervalSeconds, names }: AnswerContext,
): Answer | undefined {
  const details = poller.details();
  if (details === undefined) return undefined;
  switch (question.about) {
    case 'snapshot':
      return { ok: true, json: encodeDetails(details, diagnosesJson(details)) };
    case 'overview': {
      const overview = overviewOf(details, {
        intervalSeconds,
        nameOf: (address, port) => names.nameOf(address, port),
        maxEndpoints: question.maxEndpoints,
        statesOf: (pool) => poller.statesOverTime(pool),
      });
      return { ok: true, json: new TextEncoder().encode(JSON.stringify(overview)) };
    }
  }
}
