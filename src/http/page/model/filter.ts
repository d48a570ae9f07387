import { matches, type Term, termOf } from './filter-term.ts';
import type { Subject } from './subject.ts';

/** What is in the filter box, understood, or what is wrong with it. */
export type Filter =
  | { readonly ok: true; readonly terms: readonly Term[] }
  | { readonly ok: false; readonly problem: string };

/** Reads `dst:db pod:cart left<1000 /regex/ -word`: words with spaces between, all of which must match. */
export function parseFilter(text: string): Filter {
  const terms: Term[] = [];
  for (const word of wordsOf(text)) {
    const term = termOf(word);
    if (typeof term === 'string') return { ok: false, problem: term };
    terms.push(term);
  }
  return { ok: true, terms };
}

/** Rows that the filter lets through; all of them where it is not understood. */
export function filtered<Row>(
  rows: readonly Row[],
  filter: Filter,
  subjectOf: (row: Row) => Subject,
): readonly Row[] {
  if (!filter.ok || filter.terms.length === 0) return rows;
  return rows.filter((row) => {
    const subject = subjectOf(row);
    return filter.terms.every((term) => matches(term, subject));
  });
}

/** Words with spaces between; a space within quotes, or within slashes, is part of the word. */
function wordsOf(text: string): readonly string[] {
  const word = /-?(?:\/(?:\\.|[^/\\])*(?:\/|$)\S*|(?:"[^"]*(?:"|$)|[^\s"])+)/g;
  return Array.from(text.matchAll(word), ([found]) => found);
}
