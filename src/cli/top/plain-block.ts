import type { Overview, Risk } from '../../answers/overview/overview.ts';
import { WITHOUT_COLOR } from './draw/paint.ts';
import { safe } from './draw/text.ts';
import { ENDPOINTS_VIEW } from './views/pool-views.ts';
import {
  portsText,
  refusedText,
  remedyTexts,
  severityText,
  timeLeft,
  used,
  whereTo,
  who,
} from './views/pool-words.ts';

/** Chosen: the fullest ones are what somebody looks for; the rest is in the JSON. */
const MAX_ENDPOINTS = 10;

/** Columns of the table; a log has no width of its own. */
const WIDTH = 120;

/** One poll as lines without colors, with an empty line behind. */
export function plainBlock(overview: Overview, source: string): string {
  const time = new Date(overview.taken_at_seconds * 1000).toISOString().replace(/\.\d+/, '');
  const { sentence, unread } = overview.health;
  return [
    `${time} ${safe(sentence)} From ${safe(source)}.`,
    ...unread.map((text) => `Not read: ${safe(text)}`),
    ...overview.risks.flatMap(riskLines),
    ...endpointLines(overview),
    '',
  ].join('\n');
}

function riskLines(risk: Risk): readonly string[] {
  const { pool, cause, evidence } = risk;
  const end = timeLeft(pool);
  const figures = [
    `${used(pool)} used`,
    portsText(pool),
    end === '' ? '' : `full in ${end}`,
    refusedText(pool),
  ].filter((text) => text !== '');
  const { first, line } = remedyTexts(risk);
  return [
    `${severityText(risk)} ${safe(whereTo(pool))} (${safe(who(pool))}, ${safe(pool.namespace)}): ${figures.join(', ')}`,
    `  cause: ${safe(`${cause.replaceAll('_', ' ')}: ${evidence}`)}`,
    ...(first === '' ? [] : [`  do: ${safe(first)}`]),
    ...(line === '' ? [] : [`  also: ${safe(line)}`]),
  ];
}

function endpointLines(overview: Overview): readonly string[] {
  const items = ENDPOINTS_VIEW.list(overview, { matches: () => true, order: undefined });
  if (items.length === 0) return [];
  const more = ENDPOINTS_VIEW.count(overview) - Math.min(items.length, MAX_ENDPOINTS);
  return [
    ENDPOINTS_VIEW.heading(WIDTH, undefined),
    ...items.slice(0, MAX_ENDPOINTS).flatMap((item) => item.lines(WIDTH, WITHOUT_COLOR)),
    ...(more > 0 ? [`and ${more} more endpoints`] : []),
  ].map((line) => line.trimEnd());
}
