import { takenFromOthers } from '../../../answers/bound-words.ts';
import type { Overview, PoolRow, RemedyRow, Risk } from '../../../answers/overview/overview.ts';
import { percent } from '../../../answers/words.ts';
import { bar, sparkline } from '../draw/bar.ts';
import { type Paint, toneOfRisk } from '../draw/paint.ts';
import { grouped, safe, wrap } from '../draw/text.ts';
import { facts, paragraph } from './facts.ts';
import {
  portsText,
  refusedText,
  riskOf,
  socketsLine,
  timeLeft,
  used,
  whereTo,
} from './pool-words.ts';

type Draw = (width: number, paint: Paint) => readonly string[];

/** Everything that is known of a pool. */
export function poolDetail(pool: PoolRow, overview: Overview): Draw {
  const risk = riskOf(pool, overview);
  return (width, paint) => [
    paint('strong', safe(whereTo(pool))),
    bar(pool, Math.min(width, MAX_BAR), toneOfRisk(pool.risk_level), paint, hasHalf(pool)),
    '',
    ...facts(poolFacts(pool, risk), width, paint),
    ...(risk === undefined ? [] : ['', ...riskDetail(risk, width, paint)]),
    '',
    ...proofLines(risk?.proof ?? socketsLine(pool), width, paint),
  ];
}

/** Chosen: wider bars are not read better. */
const MAX_BAR = 100;

/** Whether half of the range means something: connect() tries the ports of one parity first. */
export function hasHalf({ first_pass_ratio }: PoolRow): boolean {
  return first_pass_ratio !== null;
}

function poolFacts(pool: PoolRow, risk: Risk | undefined): readonly (readonly [string, string])[] {
  const first = pool.first_pass_ratio;
  return [
    ['network namespace', pool.namespace],
    ['pool', `${pool.pool}, ${pool.protocol}`],
    ['held by', pool.owner],
    ['ports', `${portsText(pool)} (${used(pool)} used)`],
    ['sockets', statesText(pool)],
    ['can be reused', pool.reusable === 0 ? '' : `${grouped(pool.reusable)} ports in TIME_WAIT`],
    ['owned by a bind()', pool.bound === 0 ? '' : grouped(pool.bound)],
    ['harm to others', takenFromOthers(pool.pool, pool.bound)],
    ['first pass', first === null ? '' : `${percent(first)} taken; connect() is slow at 100%`],
    ['full in', timeLeft(pool)],
    ['refused', refusedText(pool)],
    ['history', risk === undefined ? '' : sparkline(risk.history, 60, pool.capacity)],
  ];
}

function statesText(pool: PoolRow): string {
  const states = [
    ['established', pool.established],
    ['TIME_WAIT', pool.time_wait],
    ['CLOSE_WAIT', pool.close_wait],
    ['SYN_SENT', pool.syn_sent],
    ['other', pool.other],
  ] as const;
  return states
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${grouped(count)} ${name}`)
    .join(', ');
}

function riskDetail(risk: Risk, width: number, paint: Paint): readonly string[] {
  return [
    ...paragraph(`${risk.alert} (${risk.severity})`, risk.sentence, width, paint),
    ...paragraph(`cause: ${risk.cause.replaceAll('_', ' ')}`, risk.evidence, width, paint),
    '',
    paint('strong', 'What to do'),
    ...risk.remedies.flatMap((remedy, index) => remedyLines(remedy, index + 1, width, paint)),
    ...(risk.also.length === 0
      ? []
      : ['', ...paragraph('also', risk.also.join('; '), width, paint)]),
  ];
}

function remedyLines(
  { text, effect, command, manifest, danger }: RemedyRow,
  number: number,
  width: number,
  paint: Paint,
): readonly string[] {
  const given = effect === '' ? '' : ` (${effect})`;
  return [
    ...wrap(`${number}. ${safe(text + given)}`, width, 3),
    ...commandLines(command, paint),
    ...manifest.split('\n').flatMap((line) => commandLines(line, paint)),
    ...(danger === '' ? [] : wrap(`   ${paint('bad', `Mind: ${safe(danger)}`)}`, width, 3)),
  ];
}

/** In one line, however long: it is copied. */
function commandLines(command: string, paint: Paint): readonly string[] {
  return command === '' ? [] : [`   ${paint('notice', safe(command))}`];
}

function proofLines(proof: string, width: number, paint: Paint): readonly string[] {
  if (proof === '') return [];
  return [
    ...wrap('In its network namespace this shows the sockets:', width),
    ...commandLines(proof, paint),
  ];
}
