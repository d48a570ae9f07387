import { parseDuration } from '../../config/duration.ts';
import type { PoolRow } from './overview.ts';
import { KEYS, textOf } from './filter-keys.ts';

/**
 * The filter of the live page and of `top`: words with blanks between, all of which must hold. It knows nothing but rows, so
 * that it also runs in a browser.
 */

/** A row, or what a row of another table has in common with one; what is not there matches nothing. */
export type Filterable = Partial<PoolRow>;

export type Predicate = (row: Filterable) => boolean;

/** A filter that can be applied, or why it cannot. */
export type ParsedFilter = { readonly matches: Predicate } | { readonly problem: string };

/** What the filter language has, each with an example and its meaning: for help texts. */
export const FILTER_HELP: readonly (readonly [example: string, meaning: string])[] = [
  ['10.0.0.2', 'the word is anywhere in the row'],
  ['dst:10.0.0.2:5432', 'destination: address, port (dst::5432) or name'],
  ['src:10.0.0.1', 'local address'],
  ['pod:shop/cart', 'pod that holds ports, or whose network namespace it is'],
  ['process:nginx', 'who holds the ports'],
  ['netns:host', 'network namespace'],
  ['pool:udp', 'kind of pool: connect, bind, range, udp, sctp'],
  ['state:time_wait', 'holds ports in that state: established, syn_sent, close_wait, …'],
  ['left<1000', 'fewer ports are left; also held, capacity, bound, blocked, refused; < <= = >= >'],
  ['used>80%', 'usage; risk>=2: 1 info, 2 warning, 3 critical'],
  ['end<10m', 'no port is left within that time'],
  ['/10\\.0\\.[0-9]:/', 'a regular expression; upper and lower case are the same'],
  ['!state:time_wait', 'not; works before any of these'],
];

/** A regular expression may hold blanks. */
const WORDS = /!?\/(?:\\.|[^\\/])*\/(?=\s|$)|\S+/gu;

/** Reads a filter; an empty one matches each row. */
export function parseFilter(text: string): ParsedFilter {
  const predicates: Predicate[] = [];
  for (const [word] of text.matchAll(WORDS)) {
    const parsed = parseWord(word);
    if ('problem' in parsed) return parsed;
    predicates.push(parsed.matches);
  }
  return { matches: (row) => predicates.every((matches) => matches(row)) };
}

function parseWord(word: string): ParsedFilter {
  if (!word.startsWith('!')) return parseTerm(word);
  if (word === '!') return { problem: 'what must not hold follows "!" without a blank' };
  const parsed = parseTerm(word.slice(1));
  return 'problem' in parsed ? parsed : { matches: (row) => !parsed.matches(row) };
}

function parseTerm(word: string): ParsedFilter {
  if (word.startsWith('/')) return parseExpression(word);
  const comparison = /^([a-z_]+)(<=|>=|<|>|=)(.*)$/iu.exec(word);
  if (comparison !== null) return parseComparison(comparison);
  const [, key, value = ''] = /^([a-z_]+):(.+)$/iu.exec(word) ?? [];
  if (key === undefined || /^[\da-f]{1,4}$/iu.test(key)) return contains(textOf, word);
  return parseKey(key.toLowerCase(), value);
}

function parseExpression(word: string): ParsedFilter {
  if (word.length < 2 || !word.endsWith('/')) {
    return { problem: `a regular expression ends with "/", as in /nginx/; found ${word}` };
  }
  try {
    const expression = new RegExp(word.slice(1, -1), 'iu');
    return { matches: (row) => expression.test(textOf(row)) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

function parseKey(key: string, value: string): ParsedFilter {
  if (key === 'state') return parseState(value.toLowerCase());
  const get = KEYS.get(key);
  if (get !== undefined) return contains(get, value);
  return { problem: `unknown key "${key}"; known are ${[...KEYS.keys(), 'state'].join(', ')}` };
}

function contains(get: (row: Filterable) => string, value: string): ParsedFilter {
  const wanted = value.toLowerCase();
  return { matches: (row) => get(row).toLowerCase().includes(wanted) };
}

const STATES = ['established', 'syn_sent', 'close_wait', 'time_wait', 'other'] as const;

function parseState(text: string): ParsedFilter {
  const state = STATES.find((each) => each === text.replaceAll('-', '_'));
  if (state === undefined)
    return { problem: `state: expected ${STATES.join(', ')}; found "${text}"` };
  return { matches: (row) => (row[state] ?? 0) > 0 };
}

/** A number that can be compared, and how its text is read. */
interface Quantity {
  readonly of: (row: Filterable) => number | null | undefined;
  readonly read: (text: string) => number;
  readonly example: string;
}

function count(
  field: 'available' | 'held' | 'capacity' | 'bound' | 'blocked' | 'refused',
): Quantity {
  return { of: (row) => row[field], read: wholeNumber, example: '1000' };
}

const QUANTITIES: ReadonlyMap<string, Quantity> = new Map([
  ['left', count('available')],
  ['held', count('held')],
  ['capacity', count('capacity')],
  ['bound', count('bound')],
  ['blocked', count('blocked')],
  ['refused', count('refused')],
  ['risk', { of: (row) => row.risk_level, read: wholeNumber, example: '2' }],
  ['used', { of: (row) => row.usage_ratio, read: ratio, example: '80%' }],
  ['end', { of: (row) => row.time_left_seconds, read: parseDuration, example: '10m' }],
]);

type Comparison = (a: number, b: number) => boolean;

const COMPARISONS: ReadonlyMap<string, Comparison> = new Map<string, Comparison>([
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['=', (a, b) => a === b],
  ['>=', (a, b) => a >= b],
  ['>', (a, b) => a > b],
]);

function parseComparison([, name = '', sign = '', text = '']: RegExpExecArray): ParsedFilter {
  const quantity = QUANTITIES.get(name.toLowerCase());
  const compare = COMPARISONS.get(sign);
  if (quantity === undefined || compare === undefined) {
    return { problem: `unknown number "${name}"; known are ${[...QUANTITIES.keys()].join(', ')}` };
  }
  const bound = quantity.read(text);
  if (Number.isNaN(bound)) {
    return { problem: `${name}: expected a value as in ${name}${sign}${quantity.example}` };
  }
  return {
    matches: (row) => {
      const value = quantity.of(row);
      return value !== undefined && value !== null && compare(value, bound);
    },
  };
}

/** Thousands may be set apart as in the tables: `1,000`. */
function wholeNumber(text: string): number {
  return /^\d[\d,]*$/u.test(text) ? Number(text.replaceAll(',', '')) : Number.NaN;
}

/** `80%`, `80` or `0.8`. */
function ratio(text: string): number {
  const [, digits, sign] = /^(\d+(?:\.\d+)?)(%?)$/u.exec(text) ?? [];
  if (digits === undefined) return Number.NaN;
  const value = Number(digits);
  return sign === '%' || value > 1 ? value / 100 : value;
}
