import { addressAndPort } from '../../kernel/address-text.ts';
import { remoteOf } from '../../pools/endpoint-words.ts';
import { firstPassRatio } from '../../pools/pool.ts';
import { effectText } from '../diagnosis/diagnosis-words.ts';
import type { Remedy } from '../diagnosis/remedy.ts';
import { takenFromOthers } from '../bound-words.ts';
import { ownersSentence } from '../owner-words.ts';
import { nameOfNamespace, percent } from '../words.ts';
import type { LoadLimits } from './calculation.ts';
import type { WhatIf } from './explain-all.ts';
import type { EndpointQuestion } from './endpoint-question.ts';
import type { Explanation } from './explanation.ts';
import { heldProof, listenersProof, PROOFS } from './proof.ts';

/** The explanation as text, for a terminal of 60 columns and more: lines that are longer are lines to copy. */
export function explanationText(explanation: Explanation): string {
  const { namespace, outcome } = explanation;
  const blocks = [
    [`${titleOf(explanation)}, in network namespace ${nameOfNamespace(namespace.identity)}`],
    [
      `${outcome.sentence}.`,
      ...slowLines(explanation),
      ...harmLines(explanation),
      ...lookAtLines(explanation),
    ],
    calculationLines(explanation),
    ownerLines(explanation),
    returnLines(explanation),
    limitLines(explanation),
    diagnosisLines(explanation),
  ];
  return blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function titleOf({ question, pool }: Explanation): string {
  return pool === undefined ? askedFor(question) : `${pool.localAddress} → ${remoteOf(pool)}`;
}

/** The destination, as somebody asked about it. */
function askedFor({ from, to, port }: EndpointQuestion): string {
  const remote = addressAndPort(to, port);
  return from === undefined ? remote : `${from} → ${remote}`;
}

/** That connect() is slow, though it succeeds. */
function slowLines({ isSlow, pool }: Explanation): readonly string[] {
  if (!isSlow || pool?.firstPass === undefined) return [];
  const taken = percent(firstPassRatio(pool.firstPass));
  return [
    `connect() is slow here: ${taken} of the ports that it tries first are taken; once all are, each call looks at all of them in vain.`,
  ];
}

function harmLines({ pool }: Explanation): readonly string[] {
  const text = pool === undefined ? '' : takenFromOthers(pool.kind, pool.bound);
  return text === '' ? [] : [`${text}.`];
}

function lookAtLines({ outcome: { lookAt, notLookedAt } }: Explanation): readonly string[] {
  return [
    ...(lookAt.length > 0 ? [`Look at: ${lookAt.join('; ')}.`] : []),
    ...(notLookedAt.length > 0 ? [`Not looked at: ${notLookedAt.join('; ')}.`] : []),
  ];
}

type Line = readonly [sign: string, name: string, ports: number | undefined, proof: string];

function calculationLines(explanation: Explanation): readonly string[] {
  const { calculation, namespace, pool } = explanation;
  const { range } = namespace.settings;
  const lines: readonly Line[] = [
    [' ', `range ${range.low}-${range.high}`, calculation.range, PROOFS.range],
    ['-', 'reserved in it', calculation.reserved, PROOFS.reserved],
    ['-', 'blocked: a bind() owns it', calculation.blocked, `${listenersProof(range)} (listeners)`],
    ['=', 'capacity', calculation.capacity, ''],
    ['-', 'held', calculation.held, pool === undefined ? '' : heldProof(pool, range)],
    ['+', 'of them blocked, or reserved', calculation.bound, ''],
    ['+', 'of them TIME_WAIT to be reused', calculation.reusable, ''],
    ['-', 'held by sockets without device', calculation.heldByOthers, ''],
    ['=', 'available', calculation.available, ''],
  ];
  return lines
    .filter(([sign, , ports]) => ports !== 0 || sign === '=')
    .map(([sign, name, ports, proof]) =>
      `${sign} ${name.padEnd(30)} ${String(ports ?? 'unknown').padStart(7)}  ${proof}`.trimEnd(),
    );
}

function ownerLines({ pool }: Explanation): readonly string[] {
  const sentence = ownersSentence(pool?.owners).trim();
  return sentence === '' ? [] : [sentence];
}

function returnLines({ returns, calculation }: Explanation): readonly string[] {
  const last = returns.at(-1);
  if (last === undefined) return [];
  const steps = returns.map(({ ports, withinSeconds }) => `${ports} within ${withinSeconds} s`);
  const all = last.ports === calculation.held ? ' (all of them)' : '';
  return [`Ports that come back from TIME_WAIT: ${steps.join(', ')}${all}.`];
}

/** What a load test may do, where nobody talks to the destination yet. */
function limitLines({ pool, limits, namespace, outcome }: Explanation): readonly string[] {
  if (pool !== undefined || outcome.kind !== 'granted') return [];
  const { atOnce, quick, isReused } = limits;
  const why = isReused
    ? `each TIME_WAIT is taken over after ${namespace.settings.timeWaitReuseDelayMs} ms where both ends have timestamps`
    : 'each TIME_WAIT holds its port for 60 s';
  return [
    `A load test from one local address may have ${atOnce} connections at once; connect() is slow beyond ${quick}.`,
    `New ones that it closes itself: ${closesText(limits)} a second for ever (${why}).`,
    'A second local address, bound with IP_BIND_ADDRESS_NO_PORT, doubles both.',
  ];
}

function diagnosisLines({ diagnosis }: Explanation): readonly string[] {
  if (diagnosis === undefined) return [];
  const { cause, remedies } = diagnosis;
  return [`Cause ${cause.name}: ${cause.evidence}.`, ...remedies.flatMap(remedyLines)];
}

function remedyLines(remedy: Remedy, index: number): readonly string[] {
  const { text, command, isElsewhere = false, manifest, danger } = remedy;
  const effect = effectText(remedy);
  const where = isElsewhere ? '   inside its network namespace:\n' : '';
  return [
    `${index + 1}. ${text}${effect === '' ? '' : ` ${effect}.`}`,
    ...(command === undefined ? [] : [`${where}   ${command}`]),
    ...(manifest === undefined ? [] : [`   or in the pod:\n${indented(manifest)}`]),
    ...(danger === undefined ? [] : [`   ${danger}`]),
  ];
}

function indented(text: string): string {
  return text.replace(/^/gm, '   ');
}

/** What a change of settings would do: before and after. */
export function whatIfText(change: string, before: WhatIf, after: WhatIf): string {
  const [had, has] = [before.calculation, after.calculation];
  const gained = has.available - had.available;
  return [
    `What if ${change}: ${has.available} available instead of ${had.available} (${gained >= 0 ? '+' : ''}${gained}), capacity ${has.capacity} instead of ${had.capacity}.`,
    `connect() is slow beyond ${after.limits.quick} connections instead of ${before.limits.quick}; ${closesText(after.limits)} new ones a second that it closes itself can go on for ever, instead of ${closesText(before.limits)}.`,
  ].join('\n');
}

function closesText({ perSecond }: LoadLimits): string {
  return String(Math.floor(perSecond));
}
