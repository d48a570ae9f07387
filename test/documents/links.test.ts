import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { codeWords, DOCUMENTS, FILES, proseOf, ROOT, readDocument } from '../support/documents.ts';

const isThere = (path: string): boolean => existsSync(join(ROOT, path));

/** The addresses of all links and pictures, without those of the web. */
function linksOf(path: string): readonly string[] {
  const prose = proseOf(readDocument(path)).replace(/`[^`\n]+`/g, '');
  const links = Array.from(prose.matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => target);
  return links.filter((target) => !/^https?:/.test(target));
}

/** The names by which headings are linked to, as GitHub makes them. */
function anchorsOf(path: string): readonly string[] {
  const headings = proseOf(readDocument(path)).matchAll(/^#+ (.*)$/gm);
  return Array.from(headings, ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What is wrong with a link; undefined where it leads to a file, and to a heading where it names one. */
function fault(from: string, link: string): string | undefined {
  const [file = '', anchor] = link.split('#');
  const target = file === '' ? from : normalize(join(dirname(from), file));
  if (target.startsWith('..') || !isThere(target)) return `${link}: no such file`;
  if (anchor === undefined) return undefined;
  if (!target.endsWith('.md')) return `${link}: only a document has headings`;
  return anchorsOf(target).includes(anchor) ? undefined : `${link}: no such heading`;
}

/** Paths that begin at the top of the checkout, wherever they stand. */
const FROM_TOP = /(?<![\w@./-])(?:src|test|deploy|grafana|\.ci|\.config|\.github)\/[\w@./-]*\w/g;

/** Files that are named alone, or by a path from the document's own folder. */
const NAMED = /^[\w@-]+(?:[./-][\w@-]+)*\.(?:ts|sh|ya?ml|json|conf|md|service)$/;

/** Files that users have. */
const THEIRS = new Set(['prometheus.yml']);

/** A folder is beside the document, in `src`, or at the top; a bare name may be that of any file. */
function isNamedRightly(path: string, word: string): boolean {
  const places = [dirname(path), '.', 'src'].map((folder) => join(folder, word));
  return (
    THEIRS.has(word) || places.some(isThere) || FILES.some((file) => file.endsWith(`/${word}`))
  );
}

function missingPaths(path: string): readonly string[] {
  // The checkout, as a folder beside it sees it.
  const text = readDocument(path).replaceAll('../ephemeral-port-exporter/', '');
  const fromTop = (text.match(FROM_TOP) ?? []).filter((word) => !isThere(word));
  const words = codeWords(proseOf(text)).filter((word) => NAMED.test(word));
  return [...fromTop, ...words.filter((word) => !isNamedRightly(path, word))];
}

describe.each(DOCUMENTS)('%s', (path) => {
  test('has no link that leads nowhere', () => {
    expect(linksOf(path).flatMap((link) => fault(path, link) ?? [])).toEqual([]);
  });

  test('names no file that is not there', () => {
    expect(missingPaths(path)).toEqual([]);
  });
});

describe('the documents', () => {
  test('are many, and the checks see their links and paths', () => {
    expect(DOCUMENTS.length).toBeGreaterThan(20);
    expect(linksOf('README.md').length).toBeGreaterThan(30);
    expect(fault('README.md', 'nowhere.md')).toBe('nowhere.md: no such file');
    expect(fault('README.md', 'deploy/README.md#nothing')).toMatch('no such heading');
    expect(isNamedRightly('src/README.md', 'nothing.ts')).toBe(false);
    expect(readDocument('deploy/README.md').match(FROM_TOP)?.length).toBeGreaterThan(5);
  });

  test('are one click away from README.md', () => {
    const linked = new Set(linksOf('README.md').map((link) => link.split('#')[0] ?? ''));
    const folders = [...linked].filter(
      (link) => isThere(link) && statSync(ROOT + link).isDirectory(),
    );
    const isLinked = (path: string): boolean =>
      linked.has(path) || folders.some((folder) => path.startsWith(`${folder}/`));
    const reference = DOCUMENTS.filter((path) => !path.startsWith('test/fixtures/'));
    expect(reference.filter((path) => path !== 'README.md' && !isLinked(path))).toEqual([]);
  });
});
