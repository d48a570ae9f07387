import { readlinkSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { calculationOf } from '../../answers/explanation/calculation.ts';
import type { EndpointQuestion } from '../../answers/explanation/endpoint-question.ts';
import { explainEndpoint, type Explanation } from '../../answers/explanation/explanation.ts';
import { explanationJson } from '../../answers/explanation/explanation-json.ts';
import { explanationText, whatIfText } from '../../answers/explanation/explanation-words.ts';
import type { LocalAddresses } from '../../answers/explanation/outcome.ts';
import {
  changed,
  type ChangedSettings,
  EXPECTED_CHANGE,
  parseChanges,
} from '../../answers/explanation/what-if.ts';
import { printableJson, printableLines } from '../../answers/printable.ts';
import { isLocalAddress } from '../../kernel/local-address.ts';
import { readKernelFile } from '../../kernel/proc/kernel-file.ts';
import type { NetnsIdentity } from '../../kernel/netns/netns.ts';
import { Poller, type PollOptions } from '../../sampler/poll.ts';
import { ALL_ENDPOINTS } from '../../snapshot/describe.ts';
import type { NamespaceDetails, SnapshotDetails } from '../../snapshot/details.ts';
import type { CommandCall, CommandOutcome } from '../command.ts';
import { FlagError } from '../flag.ts';
import { type NamespaceChoice, namespaceChoice } from '../namespace-choice.ts';
import { unknownNamespace } from '../unknown-namespace.ts';

/** Grows with new fields; another number is another meaning of an old one. */
const SCHEMA = 1;

/** Exit statuses: see `explain-command.ts`. */
const [CLEAR, TROUBLE] = [0, 1];

/** Endpoints that are explained: several local addresses may talk to one destination. A screen each. */
const MAX_EXPLAINED = 5;

/**
 * Explains what connect() to the destination meets, in the namespaces that talk to it, or else in that of the caller, or the
 * host's; or in the chosen ones. `changes` are what `--what-if` names. Throws `FlagError` and `KernelError`.
 */
export function explainRemote(
  question: EndpointQuestion,
  changes: readonly string[],
  { values, poll }: CommandCall,
): CommandOutcome {
  const wanted = changesOf(changes);
  const details = detailsOf(poll);
  const namespaces = chosenNamespaces(details, question, namespaceChoice(values), poll.procfs);
  const explanations = namespaces.flatMap((namespace) =>
    explainEndpoint(question, details, {
      namespace,
      local: localAddresses(namespace.identity, poll),
    }),
  );
  const shown = explanations.slice(0, MAX_EXPLAINED);
  const after = wanted && detailsOf(poll, wanted);
  const status = explanations.every(({ outcome }) => outcome.kind === 'granted') ? CLEAR : TROUBLE;
  if (values.has('json')) {
    const json = {
      schema: SCHEMA,
      endpoints: explanations.map((each) => explanationJson(each, changedCalculation(each, after))),
    };
    return { text: printableJson(JSON.stringify(json, null, 2)), status };
  }
  const blocks = shown.map((each) => {
    const calculation = changedCalculation(each, after);
    const what = calculation && whatIfText(changes.join(' '), each.calculation, calculation);
    return [explanationText(each), what].filter((block) => block !== undefined).join('\n\n');
  });
  const more = explanations.length - shown.length;
  const rest =
    more > 0
      ? [
          `… and ${more} more local addresses that talk to it: name one, as in "ADDRESS → ${question.to}:${question.port}".`,
        ]
      : [];
  return { text: printableLines([...blocks, ...rest, PAST].join('\n\n')), status };
}

const PAST = 'One poll has no past: the daemon follows each endpoint over time.';

function changesOf(texts: readonly string[]): ChangedSettings | undefined {
  if (texts.length === 0) return undefined;
  const changes = parseChanges(texts);
  if (changes === undefined)
    throw new FlagError(`--what-if: ${EXPECTED_CHANGE}, found "${texts.join(' ')}"`);
  return changes;
}

/** One poll that lists all endpoints, of quiet namespaces too; with `changes` counted by other settings. */
function detailsOf(options: PollOptions, changes?: ChangedSettings): SnapshotDetails {
  const shortlist = { ...options.shortlist, minRatio: 0 };
  const poller = new Poller(
    { ...options, shortlist, once: true },
    changes && { changeSettings: (settings) => changed(settings, changes) },
  );
  poller.poll();
  const details = poller.details(ALL_ENDPOINTS);
  if (details === undefined) throw new RangeError('a poll without details');
  return details;
}

function chosenNamespaces(
  { namespaces, gated }: SnapshotDetails,
  { to, port }: EndpointQuestion,
  choice: NamespaceChoice,
  procfs: string,
): readonly NamespaceDetails[] {
  const chosen = namespaces.filter(({ identity }) => choice.includes(identity));
  if (chosen.length === 0) {
    throw unknownNamespace(
      [...namespaces, ...gated].map(({ identity }) => identity),
      choice.text,
    );
  }
  if (!choice.isAll) return chosen;
  const talking = chosen.filter(({ fullest }) =>
    fullest
      .get('connect')
      ?.some(({ remoteAddress, remotePort }) => remoteAddress === to && remotePort === port),
  );
  if (talking.length > 0) return talking;
  const own = chosen.filter(({ identity }) => isOwn(identity, procfs));
  return own.length > 0 ? own : chosen.slice(0, 1);
}

/** The same endpoint, counted by other settings. */
function changedCalculation(
  { namespace, pool }: Explanation,
  after: SnapshotDetails | undefined,
): Explanation['calculation'] | undefined {
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
  return calculationOf(found, same);
}

/** The addresses of the caller's own namespace; of others nothing is known. */
function localAddresses(
  identity: NetnsIdentity,
  { procfs }: PollOptions,
): LocalAddresses | undefined {
  if (!isOwn(identity, procfs)) return undefined;
  const off = readKernelFile(`${procfs}/sys/net/ipv6/conf/all/disable_ipv6`);
  const interfaces = Object.values(networkInterfaces());
  const addresses = interfaces.flatMap((list) => list?.map(({ address }) => address) ?? []);
  return { addresses, isIpv6Off: off?.trim() === '1', mayBind: isLocalAddress };
}

function isOwn({ nsInode }: NetnsIdentity, procfs: string): boolean {
  try {
    return readlinkSync(`${procfs}/thread-self/ns/net`) === `net:[${nsInode}]`;
  } catch {
    return false;
  }
}
