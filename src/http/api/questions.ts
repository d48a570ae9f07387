import type { FastifyRequest } from 'fastify';
import { EXPECTED_ENDPOINT, parseEndpoint } from '../../answers/explanation/endpoint-question.ts';
import { EXPECTED_CHANGE, parseChanges } from '../../answers/explanation/what-if.ts';
import { printable } from '../../answers/printable.ts';
import type { AskedQuestion } from './asked-question.ts';

/** Characters of a parameter. Far above what an address, a name or a list of reserved ports takes. */
const MAX_VALUE = 2000;

/** The values of each parameter of a query, in their order. */
type Query = ReadonlyMap<string, readonly string[]>;

/** A parameter is wrong; the message says what was expected. */
class QueryError extends Error {
  override readonly name = 'QueryError';
}

/** `?to=10.0.0.2:5432&from=10.0.0.9&netns=host&pod=shop/cart-0&what_if=range=10240-60999`. */
export function explainQuestion(request: FastifyRequest): AskedQuestion {
  return asked(() => {
    const query = queryOf(request, ['to', 'from', 'netns', 'pod', 'what_if']);
    const [to, from] = [one(query, 'to'), one(query, 'from')];
    if (to === undefined) throw new QueryError(`to: ${EXPECTED_TO}`);
    const endpoint = parseEndpoint(from === undefined ? to : `${from} → ${to}`);
    if (endpoint === undefined) {
      if (parseEndpoint(to) === undefined) throw wrong('to', EXPECTED_TO, to);
      throw wrong('from', 'expected an address', from ?? '');
    }
    const changes = (query.get('what_if') ?? []).flatMap((text) => text.split(' '));
    const parsed = changes.length === 0 ? undefined : parseChanges(changes);
    if (changes.length > 0 && parsed === undefined)
      throw wrong('what_if', EXPECTED_CHANGE, changes.join(' '));
    return { about: 'explain', endpoint, changes: parsed, ...placeOf(query) };
  });
}

/** `/api/v1/ports/46580?netns=host`. */
export function portQuestion(request: FastifyRequest): AskedQuestion {
  return asked(() => {
    const { port: text = '' } = request.params as { readonly port?: string };
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port < 1 || port > 65_535) throw wrong('port', 'expected a port from 1 to 65535', text);
    return { about: 'port', port, ...placeOf(queryOf(request, ['netns', 'pod'])) };
  });
}

const EXPECTED_TO = EXPECTED_ENDPOINT.replace('[FROM → ]', '').replace(/, \[fd.*$/, '');

function placeOf(query: Query): {
  readonly netns: string | undefined;
  readonly pod: string | undefined;
} {
  return { netns: one(query, 'netns'), pod: one(query, 'pod') };
}

function asked(
  read: () => Extract<AskedQuestion, { readonly ok: true }>['question'],
): AskedQuestion {
  try {
    return { ok: true, question: read() };
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return { ok: false, problem: error.message };
  }
}

/** Throws `QueryError` where a parameter is not known: a typing error must not be taken for a question about everything. */
function queryOf({ url }: FastifyRequest, known: readonly string[]): Query {
  const query = new Map<string, string[]>();
  const [, text = ''] = /\?(.*)$/s.exec(url) ?? [];
  for (const [name, value] of new URLSearchParams(text)) {
    if (!known.includes(name)) throw wrong(name, `expected ${known.join(', ')}`, value);
    if (value.length > MAX_VALUE) throw new QueryError(`${name}: too long`);
    query.set(name, [...(query.get(name) ?? []), value]);
  }
  return query;
}

function one(query: Query, name: string): string | undefined {
  const [value, second] = query.get(name) ?? [];
  if (second !== undefined) throw new QueryError(`${name}: expected once`);
  if (value === '') throw new QueryError(`${name}: expected a value`);
  return value;
}

function wrong(name: string, expected: string, found: string): QueryError {
  return new QueryError(
    `${printable(name).slice(0, 80)}: ${expected}, found "${printable(found).slice(0, 200)}"`,
  );
}
