import { readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The documents of the checkout, as the tests look into them. */

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What is made or fetched here, and no part of the checkout. */
const NOT_OURS = new Set(['node_modules', 'dist', '.cache', '.git']);

/** All files of the checkout, by their paths in it. */
export const FILES: readonly string[] = readdirSync(ROOT)
  .filter((name) => !NOT_OURS.has(name))
  .flatMap((name) => (statSync(ROOT + name).isDirectory() ? filesIn(name) : name));

function filesIn(folder: string): readonly string[] {
  return readdirSync(ROOT + folder, { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path}`)
    .filter((path) => statSync(ROOT + path).isFile());
}

/** All documents, by their paths. */
export const DOCUMENTS: readonly string[] = FILES.filter((path) => path.endsWith('.md'));

export function readDocument(path: string): string {
  return readFileSync(ROOT + path, 'utf8');
}

/** The rows of all tables of a document, without their heads; cells are trimmed. */
export function rowsOf(document: string): readonly (readonly string[])[] {
  const tables = document.match(/^\|.*\n\|[-|: ]+\n(?:\|.*\n?)*/gm) ?? [];
  return tables.flatMap((table) => table.trimEnd().split('\n').slice(2)).map(cellsOf);
}

function cellsOf(row: string): readonly string[] {
  const cells = row.replace(/^\|/, '').replace(/\|$/, '').split('|');
  return cells.map((cell) => cell.trim());
}

/** The text of each block of code in this language. */
export function blocksOf(document: string, language: string): readonly string[] {
  const blocks = document.matchAll(/^```(\w*).*\n([\s\S]*?)^```/gm);
  return Array.from(blocks).flatMap(([, found, text = '']) => (found === language ? text : []));
}

/** A document without its blocks of code. */
export function proseOf(document: string): string {
  return document.replace(/^```[\s\S]*?^```/gm, '');
}

/** What stands between single backquotes. */
export function codeWords(text: string): readonly string[] {
  return Array.from(text.matchAll(/`([^`\n]+)`/g), ([, word = '']) => word);
}
