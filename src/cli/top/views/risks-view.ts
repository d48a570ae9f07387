import type { Overview, PoolRow, Risk } from '../../../answers/overview/overview.ts';
import { bar, sparkline } from '../draw/bar.ts';
import { type Paint, toneOfRisk } from '../draw/paint.ts';
import { cut, safe, widthOf, wrapTo } from '../draw/text.ts';
import { hasHalf, poolDetail } from './pool-detail.ts';
import { poolSorts } from './pool-sorts.ts';
import {
  portsText,
  refusedText,
  remedyLine,
  remedyTexts,
  severityText,
  timeLeft,
  used,
  whereTo,
  who,
} from './pool-words.ts';
import { sorted } from './sort.ts';
import type { Item, View } from './view.ts';

const SORTS = poolSorts<Risk>(({ pool }) => pool);

/** What is at risk, worst first: a block of lines for each cause. */
export const RISKS_VIEW: View = {
  title: 'at risk',
  shortTitle: 'risk',
  empty: nothingAtRisk,
  sorts: SORTS,
  count: ({ risks }) => risks.length,
  list: (overview, { matches, order }) => {
    const risks = overview.risks.filter(({ pool }) => matches(pool));
    return sorted(risks, SORTS, order).map((risk) => itemOf(risk, overview));
  },
  heading: () => '',
};

/** An alert waits for its hold, and a forecast says more than nothing until then. */
function nothingAtRisk({ endpoints, shared }: Overview): string {
  const [soonest] = [...endpoints, ...shared]
    .filter(({ time_left_seconds }) => time_left_seconds !== null)
    .toSorted((a, b) => (a.time_left_seconds ?? 0) - (b.time_left_seconds ?? 0));
  if (soonest === undefined) return 'Nothing is at risk.';
  return `No alert fires yet. Soonest full, at this rate: ${safe(whereTo(soonest))} in ${timeLeft(soonest)}.`;
}

function itemOf(risk: Risk, overview: Overview): Item {
  return {
    id: risk.pool.id,
    lines: (width, paint) => block(risk, width, paint).map((line) => cut(line, width)),
    detail: poolDetail(risk.pool, overview),
    remedy: remedyLine(risk),
    proof: risk.proof,
  };
}

/** Chosen: wider bars are not read better. */
const [MIN_BAR, MAX_BAR, SPARKS] = [20, 60, 20] as const;

/** Columns of the names of lines. */
const NAMES = 6;

function block(risk: Risk, width: number, paint: Paint): readonly string[] {
  const { pool } = risk;
  const { first, line } = remedyTexts(risk);
  const tone = toneOfRisk(pool.risk_level);
  const title = `${severityText(risk)} ${safe(whereTo(pool))}`;
  return [
    besides(paint(tone, title), paint('strong', `${used(pool)} used`), width),
    ...barLines(pool, width, paint),
    `  ${trend(risk, paint)}`,
    ...named('cause', cause(risk), width, paint),
    ...named('do', safe(first), width, paint),
    ...named('also', safe(line), width, paint),
    '',
  ];
}

/** The figures stand beside the bar where there is room. */
function barLines(pool: PoolRow, width: number, paint: Paint): readonly string[] {
  const text = portsText(pool);
  const room = width - 2;
  const isOneLine = text.length + MIN_BAR < room;
  const length = Math.min(MAX_BAR, isOneLine ? room - text.length - 1 : room);
  const drawn = `  ${bar(pool, length, toneOfRisk(pool.risk_level), paint, hasHalf(pool))}`;
  return isOneLine ? [`${drawn} ${text}`] : [drawn, `  ${text}`];
}

/** Nothing where nothing is known; two lines at most. */
function named(name: string, text: string, width: number, paint: Paint): readonly string[] {
  if (text === '') return [];
  const [first = '', ...rest] = wrapTo(2, text, width - NAMES - 2);
  const blanks = ' '.repeat(NAMES + 2);
  return [`  ${paint('dim', name.padEnd(NAMES))}${first}`, ...rest.map((line) => blanks + line)];
}

/** Who, whether it will be full, what was refused, and how it came to that. */
function trend({ history, pool }: Risk, paint: Paint): string {
  const end = timeLeft(pool);
  const parts = [
    sparkline(history, SPARKS, pool.capacity),
    safe(who(pool)),
    pool.owner === '' ? '' : safe(pool.namespace),
    end === '' ? '' : paint('strong', `full in ${end}`),
    paint('worst', refusedText(pool)),
  ];
  return parts.filter((part) => part !== '').join('  ');
}

function cause({ cause: name, evidence, also }: Risk): string {
  const others = also.length === 0 ? '' : ` (and ${also.length} more pools)`;
  return safe(`${name.replaceAll('_', ' ')}: ${evidence}${others}`);
}

/** A text on the left, another at the right edge; the left one gives way. */
function besides(left: string, right: string, width: number): string {
  const room = width - widthOf(right) - 2;
  const short = cut(left, room);
  return short + ' '.repeat(Math.max(2, width - widthOf(short) - widthOf(right))) + right;
}
