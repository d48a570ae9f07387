import {
  NUMBER_FIELDS,
  type NumberField,
  type Subject,
  TEXT_FIELDS,
  type TextField,
} from './subject.ts';

/** One word of a filter. */
export type Term = { readonly isNegated: boolean } & Question;

type Question =
  | { readonly kind: 'text'; readonly field: TextField | undefined; readonly text: string }
  | { readonly kind: 'pattern'; readonly pattern: RegExp }
  | {
      readonly kind: 'number';
      readonly field: NumberField;
      readonly operator: Operator;
      readonly value: number;
    };

type Operator = '<' | '<=' | '=' | '>=' | '>';

/** What one word asks; a text that says what is wrong with it, where it is not understood. */
export function termOf(word: string): Term | string {
  const isNegated = word.length > 1 && word.startsWith('-');
  const question = questionOf(isNegated ? word.slice(1) : word);
  return typeof question === 'string' ? question : { isNegated, ...question };
}

function questionOf(word: string): Question | string {
  if (word.startsWith('/')) return patternOf(word);
  const [, field, operator, value = ''] = /^(\w+)(<=|>=|<|>|=)(.*)$/.exec(word) ?? [];
  if (field !== undefined) return comparisonOf(word, field, operator as Operator, value);
  const [, name, text = ''] = /^([a-z_]+):(?!:)(.*)$/i.exec(word) ?? [];
  // An IPv6 address such as fd00:1::2 begins like a field.
  if (name === undefined || /^[0-9a-f]{1,4}$/i.test(name)) {
    return { kind: 'text', field: undefined, text: plain(word) };
  }
  const known = TEXT_FIELDS.find((each) => each === name.toLowerCase());
  if (known === undefined) {
    return `${name}: is not known; known are ${TEXT_FIELDS.map((each) => `${each}:`).join(' ')}`;
  }
  return { kind: 'text', field: known, text: plain(text) };
}

function patternOf(word: string): Question | string {
  const [, source, flags = ''] = /^\/(.*)\/([a-z]*)$/.exec(word) ?? [];
  if (source === undefined) return `${word} has no slash at its end`;
  try {
    return { kind: 'pattern', pattern: new RegExp(source, flags.replace(/[gy]/g, '') || 'i') };
  } catch (error) {
    return error instanceof Error ? error.message : `${word} is no regular expression`;
  }
}

function comparisonOf(
  word: string,
  name: string,
  operator: Operator,
  text: string,
): Question | string {
  const field = NUMBER_FIELDS.find((each) => each === name.toLowerCase());
  if (field === undefined) return `${name} is no number; numbers are ${NUMBER_FIELDS.join(', ')}`;
  const value = numberOf(text, field);
  if (value === undefined) return `${word}: expected a number such as 1000, 80% or 10m`;
  return { kind: 'number', field, operator, value };
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** `1,000`, `80%` and `80` of a share, `10m` of a time. */
function numberOf(text: string, field: NumberField): number | undefined {
  const [, digits, unit = ''] = /^(\d[\d,_]*(?:\.\d+)?)(%|s|m|min|h|d)?$/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = Number(digits.replace(/[,_]/g, ''));
  if (field === 'used') return unit === '%' || value > 1 ? value / 100 : value;
  if (field === 'time_left') return value * (SECONDS[unit] ?? 1);
  return unit === '' ? value : undefined;
}

export function matches(term: Term, subject: Subject): boolean {
  return isTrueOf(term, subject) !== term.isNegated;
}

function isTrueOf(question: Question, { texts, numbers }: Subject): boolean {
  if (question.kind === 'number') {
    const value = numbers[question.field] ?? null;
    return value !== null && compares(value, question.operator, question.value);
  }
  const all = Object.values(texts).flat();
  if (question.kind === 'pattern') return all.some((text) => question.pattern.test(text));
  const { field, text } = question;
  const found = field === undefined ? all : (texts[field] ?? []);
  if (field === 'port' && text !== '') return found.includes(text);
  return found.some((each) => each.toLowerCase().includes(text));
}

function compares(value: number, operator: Operator, limit: number): boolean {
  switch (operator) {
    case '<':
      return value < limit;
    case '<=':
      return value <= limit;
    case '=':
      return value === limit;
    case '>=':
      return value >= limit;
    case '>':
      return value > limit;
  }
}

/** Without quotes, in lower case. */
function plain(text: string): string {
  return text.replaceAll('"', '').toLowerCase();
}
