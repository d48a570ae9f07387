import type { NetnsIdentity } from '../../kernel/netns/netns.ts';
import type { NamespaceDetails, SnapshotDetails } from '../../snapshot/details.ts';
import type { NamespaceChoice } from '../namespace-choice.ts';
import { type Calculation, calculationOf, type LoadLimits, loadLimitsOf } from './calculation.ts';
import type { EndpointQuestion } from './endpoint-question.ts';
import { explainEndpoint, type Explanation } from './explanation.ts';
import type { Judgement } from './nearly-none.ts';
import type { LocalAddresses } from './outcome.ts';

/** What is known of the network namespace of who answers. */
export interface OwnNetwork {
  readonly isOwn: (identity: NetnsIdentity) => boolean;
  readonly addresses: () => LocalAddresses;
  /** Those of another namespace; undefined where it cannot be entered. */
  readonly addressesIn: (identity: NetnsIdentity) => LocalAddresses | undefined;
}

/**
 * Explains what connect() to the destination meets, in the chosen namespaces that talk to it, or else in that of who answers, or
 * the host's. `details` list all its endpoints. Empty where no namespace is meant.
 */
export function explainAll(
  question: EndpointQuestion,
  details: SnapshotDetails,
  choice: NamespaceChoice,
  { own, judgement }: { readonly own: OwnNetwork; readonly judgement: Judgement },
): readonly Explanation[] {
  return chosenNamespaces(details, question, choice, own).flatMap((namespace) => {
    const { identity } = namespace;
    const local = own.isOwn(identity) ? own.addresses() : own.addressesIn(identity);
    return explainEndpoint(question, details, { namespace, local }, judgement);
  });
}

/** What an endpoint would have by other settings. */
export interface WhatIf {
  readonly calculation: Calculation;
  readonly limits: LoadLimits;
}

/** The same endpoint in `after`, a poll that was counted by other settings. */
export function whatIfIn(
  after: SnapshotDetails | undefined,
  { namespace, pool, question }: Explanation,
): WhatIf | undefined {
  const found = after?.namespaces.find(
    ({ identity }) =>
      identity.nsInode === namespace.identity.nsInode &&
      identity.netns === namespace.identity.netns,
  );
  if (found === undefined) return undefined;
  const same = found.fullest
    .get('connect')
    ?.find(
      (other) =>
        other.localAddress === pool?.localAddress &&
        other.remoteAddress === pool.remoteAddress &&
        other.remotePort === pool.remotePort,
    );
  return { calculation: calculationOf(found, same), limits: loadLimitsOf(found, question) };
}

function chosenNamespaces(
  { namespaces }: SnapshotDetails,
  { to, port }: EndpointQuestion,
  choice: NamespaceChoice,
  own: OwnNetwork,
): readonly NamespaceDetails[] {
  const chosen = namespaces.filter(({ identity }) => choice.includes(identity));
  if (!choice.isAll) return chosen;
  const talking = chosen.filter(({ fullest }) =>
    fullest
      .get('connect')
      ?.some(({ remoteAddress, remotePort }) => remoteAddress === to && remotePort === port),
  );
  if (talking.length > 0) return talking;
  const ownOnes = chosen.filter(({ identity }) => own.isOwn(identity));
  return ownOnes.length > 0 ? ownOnes : chosen.slice(0, 1);
}
