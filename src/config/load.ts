import * as v from 'valibot';
import { Document, isMap, isScalar, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { ConfigError } from './config-error.ts';
import { didYouMean } from './nearest.ts';
import { readFileNow } from './regular-file.ts';
import { type Config, ConfigSchema } from './schema.ts';

/** Reads and checks the configuration file `path`. Throws `ConfigError` with all its problems. */
export function loadConfig(path: string): Config {
  return parseConfig(path, readFileNow(path).text);
}

/** Checks the text of the configuration file `path`. Throws `ConfigError` with all its problems. */
export function parseConfig(path: string, text: string): Config {
  return parseBySchema(ConfigSchema, path, text);
}

/**
 * Checks the text of the file `path` by a schema. Throws `ConfigError` with all its problems; the value of a key that
 * `isSecret` is not shown.
 */
export function parseBySchema<Schema extends v.GenericSchema>(
  schema: Schema,
  path: string,
  text: string,
  isSecret: (keys: Keys) => boolean = () => false,
): v.InferOutput<Schema> {
  const lines = new LineCounter();
  const at = (offset: number): string => `${path}:${lines.linePos(offset).line}`;
  const document = parseText(text, lines, at);
  const content = contentOf(document, at);
  const lists = listsForMappings(schema, content, []);
  const result = v.safeParse(schema, content);
  if (result.success && lists.length === 0) return result.output;
  const problems = lists.map((keys) => ({
    keys,
    text: `${pathOf(keys)}: expected a mapping of keys, found a list`,
  }));
  const issues = (result.issues ?? []).map((issue) => {
    const keys = (issue.path ?? []).map((item) => item.key as string | number);
    const found = isSecret(keys) ? '' : `, found ${show(issue.input)}`;
    return { keys, text: describe(schema, keys, issue, found) };
  });
  throw new ConfigError(inOrder(document, at, [...problems, ...innermost(issues)]));
}

interface Problem {
  readonly keys: Keys;
  readonly text: string;
}

/** The keys that lead to a value, from the top. */
export type Keys = readonly (string | number)[];

/** What is wrong with a mapping as a whole is not said where one of its keys is wrong. */
function innermost(problems: readonly Problem[]): readonly Problem[] {
  const within = (inner: Keys, outer: Keys): boolean =>
    inner.length > outer.length && outer.every((key, index) => key === inner[index]);
  const some = problems.slice(0, MAX_PLACED);
  return problems.filter(({ keys }) => !some.some((other) => within(other.keys, keys)));
}

/** Chosen: a screen of problems, and the number of those among which they are the first in the file. */
const [MAX_LINES, MAX_PLACED] = [20, 500];

/** A line for each problem, in the order of the file; no more than a person reads. */
function inOrder(document: Document, at: Locate, problems: readonly Problem[]): string {
  const placed = problems
    .slice(0, MAX_PLACED)
    .map(({ keys, text }) => ({ offset: offsetOf(document, keys), text }))
    .toSorted((a, b) => a.offset - b.offset);
  const lines = placed.map(({ offset, text }) => `${at(offset)}: ${text}`);
  return firstLines([...new Set(lines)], problems.length - placed.length);
}

/** The first of some lines, and how many more there are; `others` are not among them. */
function firstLines(lines: readonly string[], others = 0): string {
  const shown = lines.slice(0, MAX_LINES);
  const more = lines.length - shown.length + others;
  return [...shown, ...(more > 0 ? [`and ${more} more problems`] : [])].join('\n');
}

type Locate = (offset: number) => string;

function parseText(text: string, lineCounter: LineCounter, at: Locate): Document {
  // The library's warnings would go to standard error past the log; what it warns of is refused by the schema.
  const options = { lineCounter, prettyErrors: false, logLevel: 'error' } as const;
  const [document, second] = parseAllDocuments(text, options);
  if (second !== undefined) throw new ConfigError(`${at(second.range[0])}: expected one document`);
  if (document === undefined || !('errors' in document)) return new Document({});
  const syntaxErrors = document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`);
  if (syntaxErrors.length > 0) throw new ConfigError(firstLines(syntaxErrors));
  return document;
}

/**
 * Chosen: more aliases than a file that was written by hand has, and few enough that aliases of aliases do not
 * fill the memory.
 */
const MAX_ALIASES = 100;

/**
 * The library throws where an alias has no anchor, and where aliases expand to more than `MAX_ALIASES`;
 * `JSON.stringify` throws where one contains itself.
 */
function contentOf(document: Document, at: Locate): unknown {
  try {
    const content: unknown = document.toJS({ maxAliasCount: MAX_ALIASES }) ?? {};
    JSON.stringify(content);
    if (!Array.isArray(content)) return content;
  } catch (error) {
    const [reason = ''] = String(error instanceof Error ? error.message : error).split('\n');
    throw new ConfigError(`${at(0)}: ${reason}`, { cause: error });
  }
  throw new ConfigError(`${at(0)}: expected a mapping of keys, found a list`);
}

/** Keys with a list where the schema has a mapping. valibot takes an empty list for an empty mapping. */
function listsForMappings(
  schema: unknown,
  content: unknown,
  keys: readonly string[],
): readonly (readonly string[])[] {
  const mapping = unwrap(schema);
  if (!hasEntries(mapping)) return [];
  if (Array.isArray(content)) return [keys];
  if (!isObject(content)) return [];
  return Object.entries(mapping.entries).flatMap(([key, child]) =>
    listsForMappings(child, content[key], [...keys, key]),
  );
}

/** Such as `poll.interval: expected …, found "5x"`, or that the key is not known. */
function describe(schema: unknown, keys: Keys, issue: v.BaseIssue<unknown>, found: string): string {
  const key = pathOf(keys);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = siblingsOf(schema, keys);
    return `unknown key ${JSON.stringify(key)}${didYouMean(String(keys.at(-1)), known)}`;
  }
  if (issue.type === 'strict_object') {
    const where = key === '' ? '' : `${key}: `;
    return issue.input === undefined
      ? `${where}required`
      : `${where}expected a mapping of keys${found}`;
  }
  return `${key}: ${issue.message}${found}`;
}

/** Such as `endpoints.names[0].cidr`. */
function pathOf(keys: Keys): string {
  return keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
}

/** JSON, which has no text for `.nan` and `.inf`. */
function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** The keys that the schema has in the mapping in which the last of `keys` is. */
function siblingsOf(root: unknown, keys: Keys): readonly string[] {
  let schema = root;
  for (const key of keys.slice(0, -1)) schema = childOf(unwrap(schema), key);
  const object = unwrap(schema);
  return hasEntries(object) ? Object.keys(object.entries) : [];
}

function unwrap(schema: unknown): unknown {
  return isObject(schema) && 'wrapped' in schema ? unwrap(schema['wrapped']) : schema;
}

function childOf(schema: unknown, key: string | number): unknown {
  if (hasEntries(schema)) return schema.entries[key];
  return isObject(schema) ? schema['item'] : undefined;
}

function hasEntries(schema: unknown): schema is { entries: Record<string, unknown> } {
  return isObject(schema) && isObject(schema['entries']);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** Where in the text the last of `keys` begins; its nearest parent where the file does not have it. */
function offsetOf(document: Document, keys: Keys): number {
  for (let length = keys.length; length > 0; length -= 1) {
    const offset = keyOffset(document.getIn(keys.slice(0, length - 1), true), keys[length - 1]);
    if (offset !== undefined) return offset;
  }
  return document.contents?.range?.[0] ?? 0;
}

/** The offset of a key in a mapping, or of an item in a list. */
function keyOffset(parent: unknown, key: string | number | undefined): number | undefined {
  if (isMap(parent)) {
    const pair = parent.items.find(
      (item) => isScalar(item.key) && String(item.key.value) === String(key),
    );
    return (pair?.key as Node | undefined)?.range?.[0];
  }
  const items = isObject(parent) && Array.isArray(parent['items']) ? parent['items'] : [];
  return (items[Number(key)] as Node | undefined)?.range?.[0];
}
