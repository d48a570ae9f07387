import { readFileSync } from 'node:fs';
import * as v from 'valibot';
import { type Document, LineCounter, parseDocument, type Node } from 'yaml';
import { didYouMean } from './nearest.ts';
import { type Config, ConfigSchema } from './schema.ts';

/** The configuration file is not good; each problem names file, line and key. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The configuration in force without any file. */
export function defaultConfig(): Config {
  return v.parse(ConfigSchema, {});
}

/** Reads and checks a configuration file. Throws `ConfigError`. */
export function loadConfig(path: string): Config {
  return parseConfig(path, readText(path));
}

/** Checks the text of the configuration file `path`. Throws `ConfigError` with all its problems. */
export function parseConfig(path: string, text: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const at = (offset: number): string => `${path}:${lines.linePos(offset).line}`;
  const broken = document.errors.map((error) => `${at(error.pos[0])}: ${error.message}`);
  if (broken.length > 0) throw new ConfigError(broken.join('\n'));
  const content: unknown = document.toJS() ?? {};
  if (Array.isArray(content))
    throw new ConfigError(`${at(0)}: expected a mapping of keys, found a list`);
  const result = v.safeParse(ConfigSchema, content);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => {
    const keys = (issue.path ?? []).map((item) => item.key as string | number);
    return `${at(offsetOf(document, keys))}: ${describe(keys, issue)}`;
  });
  throw new ConfigError(problems.join('\n'));
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`${path}: cannot be read (${String(error)})`);
  }
}

/** `poll.interval: expected …, found "5x"`, or that the key is not known. */
function describe(keys: readonly (string | number)[], issue: v.BaseIssue<unknown>): string {
  const key = pathOf(keys);
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    const known = siblingsOf(keys);
    return `unknown key "${key}"${didYouMean(String(keys.at(-1)), known)}`;
  }
  if (issue.type === 'strict_object') {
    const where = key === '' ? '' : `${key}: `;
    return issue.input === undefined
      ? `${where}required`
      : `${where}expected a mapping of keys, found ${show(issue.input)}`;
  }
  return `${key}: ${issue.message}, found ${show(issue.input)}`;
}

/** `endpoints.names[0].cidr` */
function pathOf(keys: readonly (string | number)[]): string {
  return keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}

/** The keys that are known where the last of `keys` stands. */
function siblingsOf(keys: readonly (string | number)[]): readonly string[] {
  let schema: unknown = ConfigSchema;
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

/** Where in the text the node at `keys` begins; that of its nearest parent where it has none. */
function offsetOf(document: Document, keys: readonly (string | number)[]): number {
  for (let length = keys.length; length >= 0; length -= 1) {
    const node = document.getIn(keys.slice(0, length), true) as Node | undefined;
    if (node?.range) return node.range[0];
  }
  return 0;
}
