import { choiceOf, type NamespaceChoice } from '../answers/namespace-choice.ts';
import type { SnapshotDetails } from '../snapshot/details.ts';
import { type FlagValues, valueOf } from './flags/arguments.ts';
import type { FlagRow } from './flags/flag.ts';
import { unknownNamespace } from './unknown-namespace.ts';

/** The flags by which a command looks at some network namespaces alone. */
export const NAMESPACE_FLAGS: readonly FlagRow[] = [
  {
    name: 'netns',
    value: 'NETNS',
    help: 'Only this network namespace: "host", its number (the label netns, or of lsns), or its name.',
  },
  {
    name: 'pod',
    value: 'POD',
    help: 'Only the network namespace of this pod: NAMESPACE/NAME, or NAME.',
  },
];

/** Which network namespaces a command looks at. */
export interface CommandChoice extends NamespaceChoice {
  /** `--netns=7 --pod=shop/cart-0`; empty for all. */
  readonly text: string;
}

/** What `--netns` and `--pod` say; with both, a namespace must be meant by both. */
export function namespaceChoice(values: FlagValues): CommandChoice {
  const [netns, pod] = [valueOf(values, 'netns'), valueOf(values, 'pod')];
  const given = [netns && `--netns=${netns}`, pod && `--pod=${pod}`];
  return { ...choiceOf(netns, pod), text: given.filter((flag) => flag !== undefined).join(' ') };
}

/**
 * What a poll found in the chosen namespaces alone. Throws `FlagError` where none of those that it knows is meant: a typing
 * error must not look like a namespace without trouble.
 */
export function restrict(details: SnapshotDetails, choice: CommandChoice): SnapshotDetails {
  if (choice.isAll) return details;
  const namespaces = details.namespaces.filter(({ identity }) => choice.includes(identity));
  const gated = details.gated.filter(({ identity }) => choice.includes(identity));
  if (namespaces.length + gated.length === 0) {
    const known = [...details.namespaces, ...details.gated].map(({ identity }) => identity);
    throw unknownNamespace(known, choice.text);
  }
  const { alerts, pending, servicePorts } = details;
  return {
    ...details,
    namespaces,
    gated,
    pending: pending.filter(({ identity }) => choice.includes(identity)),
    alerts: {
      ...alerts,
      firing: alerts.firing.filter(({ identity }) => choice.includes(identity)),
    },
    servicePorts: {
      ...servicePorts,
      namespaces: servicePorts.namespaces.filter(({ identity }) => choice.includes(identity)),
    },
  };
}
