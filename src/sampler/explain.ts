import type { EndpointQuestion } from '../answers/explanation/endpoint-question.ts';
import { explainAll, type WhatIf, whatIfIn } from '../answers/explanation/explain-all.ts';
import type { Explanation } from '../answers/explanation/explanation.ts';
import type { Judgement } from '../answers/explanation/nearly-none.ts';
import { changed, type ChangedSettings } from '../answers/explanation/what-if.ts';
import type { NamespaceChoice } from '../answers/namespace-choice.ts';
import { isOwnNetwork, ownAddresses } from '../kernel/own-network.ts';
import type { SnapshotDetails } from '../snapshot/details.ts';
import { rulesOf } from './made-by-options.ts';
import { Poller, type PollerParts, type PollOptions } from './poll.ts';
import { addressesIn } from './reach.ts';

/** An explanation, and what other settings would give where somebody thinks of changing them. */
export interface Explained {
  readonly explanation: Explanation;
  readonly whatIf: WhatIf | undefined;
}

/** By what was polled, and what is remembered of a pool where polls go on. */
export interface ExplainContext {
  readonly options: PollOptions;
  readonly trendOf?: Judgement['trendOf'];
}

/** Explains the endpoints that are meant, from a poll of which `details` list them all; empty where no namespace is meant. */
export function explainIn(
  question: EndpointQuestion,
  details: SnapshotDetails,
  choice: NamespaceChoice,
  { options, trendOf = () => undefined }: ExplainContext,
): readonly Explanation[] {
  const { procfs } = options;
  return explainAll(question, details, choice, {
    own: {
      isOwn: ({ nsInode }) => isOwnNetwork(nsInode, procfs),
      addresses: () => ownAddresses(procfs),
      addressesIn: (identity) => addressesIn(identity, question, options),
    },
    judgement: { rules: rulesOf(options), trendOf },
  });
}

/** The explanations with what other settings would give: a poll of its own counts by them. Throws `KernelError`. */
export function withChanges(
  explanations: readonly Explanation[],
  question: EndpointQuestion,
  changes: ChangedSettings | undefined,
  options: PollOptions,
): readonly Explained[] {
  const after = changes && pollTowards(question, options, { changes });
  return explanations.map((explanation) => ({
    explanation,
    whatIf: whatIfIn(after, explanation),
  }));
}

/** What somebody asks about may be a namespace without any socket. */
const OPEN_GATE = { isQuiet: () => false };

interface TowardsOptions extends Pick<PollerParts, 'onNamespace'> {
  readonly changes?: ChangedSettings;
}

/**
 * One poll with all endpoints of the destination, of quiet namespaces too; with `changes` counted by other settings. Throws
 * `KernelError`.
 */
export function pollTowards(
  { to, port }: EndpointQuestion,
  options: PollOptions,
  { changes, ...parts }: TowardsOptions = {},
): SnapshotDetails {
  const shortlist = { ...options.shortlist, minRatio: 0 };
  const askedAbout = { remoteAddress: to, remotePort: port };
  // Owners are the same by other settings.
  const owners =
    changes === undefined ? options.owners : ({ ...options.owners, find: 'off' } as const);
  const poller = new Poller(
    { ...options, shortlist, owners, once: true },
    {
      ...parts,
      makeGate: () => OPEN_GATE,
      askedAbout,
      ...(changes && { changeSettings: (settings) => changed(settings, changes) }),
    },
  );
  try {
    poller.poll();
    const details = poller.detailsTowards(askedAbout);
    if (details === undefined) throw new RangeError('a poll without details');
    return details;
  } finally {
    poller.close();
  }
}
